import { moment, oneLine } from './words.js';
import type { ApiClient } from './api-client.js';
import { readPages } from './pages.js';
import { table } from './table.js';
import { print, type Output } from './terminal.js';

interface AuditPage {
  readonly entries: readonly {
    readonly at: string;
    readonly actor: string;
    readonly role: string;
    readonly action: string;
    readonly remote_address: string | null;
    readonly times: number;
    readonly last_at: string | null;
    readonly details: Readonly<Record<string, string | number | boolean>> | null;
  }[];
  readonly next_cursor: string | null;
}

export interface AuditCommand {
  readonly limit: number;
  readonly json: boolean;
}

/** Who did what to an account's migration, and from where; newest first. */
export async function audit(
  api: ApiClient,
  accountId: string,
  { limit, json }: AuditCommand,
  out: Output,
): Promise<void> {
  const { found } = await readPages(
    limit,
    (wish) => api.get<AuditPage>('/v2/audit', { account_id: accountId, ...wish }),
    ({ entries }) => entries,
  );
  if (json) print(out, JSON.stringify(found, undefined, 2));
  else if (found.length === 0) print(out, `Nobody has done anything to ${accountId} yet.`);
  else
    print(out, ...table(['WHEN', 'WHAT', 'WHO', 'ROLE', 'FROM', 'DETAILS'], found.map(rowOf), out.columns));
}

function rowOf(entry: AuditPage['entries'][number]): string[] {
  const { at, action, actor, role, remote_address: from, times, last_at: lastAt, details } = entry;
  const told = Object.entries(details ?? {}).map(([name, value]) => `${name} ${oneLine(String(value))}`);
  if (lastAt !== null) told.unshift(`${times} times, the last ${moment(lastAt)}`);
  return [moment(at), action, oneLine(actor), role, from ?? '', told.join(', ')];
}
