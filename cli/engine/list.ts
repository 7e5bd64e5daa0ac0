import type { Static } from 'typebox';
import type { MigrationsPage } from '../../api/conversations/schemas/migrations.js';
import { moment, oneLine } from './words.js';
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
export async function list(api: ApiClient, command: ListCommand, out: Output): Promise<void> {
  const listed = await readList(api, command);
  if (command.json) print(out, JSON.stringify(listed.found, undefined, 2));
  else print(out, ...listLines(listed, command, out.columns));
}

export interface Listed {
  readonly found: Page['migrations'];
  readonly more: boolean;
}

export async function readList(api: ApiClient, { status, limit }: ListCommand): Promise<Listed> {
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Page>('/v2/migrations', { status, ...wish }),
    ({ migrations }) => migrations,
  );
  return { found: [...found], more };
}

const HEADS = ['ACCOUNT', 'STATUS', '', 'CHANGED', 'NAME'];

export function listLines(
  { found, more }: Listed,
  { status, limit }: ListCommand,
  width: number | undefined,
): string[] {
  if (found.length === 0)
    return [status === undefined ? 'Carryover has met no account yet.' : `No account is ${status}.`];
  return [
    ...table(HEADS, found.map(rowOf), width),
    ...(more ? [`There are more: --limit ${limit * 2}.`] : []),
  ];
}

function rowOf(migration: Page['migrations'][number]): string[] {
  const steered = migration.cancelled ? 'cancelled' : migration.paused ? 'paused' : '';
  const changed = moment(migration.changed_at);
  return [migration.account_id, migration.migration_status, steered, changed, oneLine(migration.name)];
}
