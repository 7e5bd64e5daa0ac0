import type { Static } from 'typebox';
import type { MigrationsPage } from '../../api/schemas/migrations.js';
import { oneLine } from '../progress/words.js';
import type { ApiClient } from './api-client.js';
import { table } from './table.js';
import { print, type Output } from './terminal.js';

export interface ListCommand {
  readonly status?: string;
  /** How many at most. */
  readonly limit: number;
  readonly json: boolean;
}

type Page = Static<typeof MigrationsPage>;

const PAGE = 100;

/** Migrations, the one that changed last first, as many pages as the limit asks for. */
export async function list(api: ApiClient, { status, limit, json }: ListCommand, out: Output): Promise<void> {
  const found: Page['migrations'] = [];
  let cursor: string | undefined;
  do {
    const page = await api.get<Page>('/v2/migrations', {
      status,
      cursor,
      limit: String(Math.min(PAGE, limit - found.length)),
    });
    found.push(...page.migrations);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && found.length < limit);
  if (json) {
    print(out, JSON.stringify(found, undefined, 2));
    return;
  }
  if (found.length === 0) {
    print(out, status === undefined ? 'Carryover has met no account yet.' : `No account is ${status}.`);
    return;
  }
  print(out, ...table(['ACCOUNT', 'STATUS', '', 'CHANGED', 'NAME'], found.map(rowOf), out.columns));
  if (cursor !== undefined) print(out, `There are more: --limit ${limit * 2}.`);
}

function rowOf(migration: Page['migrations'][number]): string[] {
  const steered = migration.cancelled ? 'cancelled' : migration.paused ? 'paused' : '';
  const changed = migration.changed_at.slice(0, 19).replace('T', ' ');
  return [migration.account_id, migration.migration_status, steered, changed, oneLine(migration.name)];
}
