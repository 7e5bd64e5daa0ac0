import type { Static } from 'typebox';
import type { MigrationsPage } from '../../api/schemas/migrations.js';
import { moment, oneLine } from '../progress/words.js';
import type { ApiClient } from './api-client.js';
import { readPages } from './pages.js';
import { table } from './table.js';
import { print, type Output } from './terminal.js';

export interface ListCommand {
  readonly status?: string;
  /** How many at most. */
  readonly limit: number;
  readonly json: boolean;
}

type Page = Static<typeof MigrationsPage>;

/** Migrations, the one that changed last first, as many pages as the limit asks for. */
export async function list(api: ApiClient, { status, limit, json }: ListCommand, out: Output): Promise<void> {
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Page>('/v2/migrations', { status, ...wish }),
    ({ migrations }) => migrations,
  );
  if (json) return print(out, JSON.stringify(found, undefined, 2));
  if (found.length === 0) {
    const none = status === undefined ? 'Carryover has met no account yet.' : `No account is ${status}.`;
    return print(out, none);
  }
  print(out, ...table(['ACCOUNT', 'STATUS', '', 'CHANGED', 'NAME'], found.map(rowOf), out.columns));
  if (more) print(out, `There are more: --limit ${limit * 2}.`);
}

function rowOf(migration: Page['migrations'][number]): string[] {
  const steered = migration.cancelled ? 'cancelled' : migration.paused ? 'paused' : '';
  const changed = moment(migration.changed_at);
  return [migration.account_id, migration.migration_status, steered, changed, oneLine(migration.name)];
}
