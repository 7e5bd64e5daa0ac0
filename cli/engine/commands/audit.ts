import { moment, oneLine } from '../words.js';
import type { KindAtApi } from '../command-line.js';
import { readPages } from '../pages.js';
import { table } from '../table.js';
import { print, type Output } from '../terminal.js';

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

/** Prints who did what to a migration, and from where; newest first. */
export async function audit(
  { api, kind }: KindAtApi,
  key: string,
  { limit, json }: AuditCommand,
  out: Output,
): Promise<void> {
  const { path, query } = kind.calls.audit(key);
  const { found } = await readPages(
    limit,
    (wish) => api.get<AuditPage>(path, { ...query, ...wish }),
    ({ entries }) => entries,
  );
  if (json) print(out, JSON.stringify(found, undefined, 2));
  else if (found.length === 0) print(out, `Nobody has done anything to ${key} yet.`);
  else
    print(out, ...table(['WHEN', 'WHAT', 'WHO', 'ROLE', 'FROM', 'DETAILS'], found.map(rowOf), out.columns));
}

function rowOf(entry: AuditPage['entries'][number]): string[] {
  const { at, action, actor, role, remote_address: from, times, last_at: lastAt, details } = entry;
  const facts = Object.entries(details ?? {}).map(([name, value]) => `${name} ${oneLine(String(value))}`);
  if (lastAt !== null) facts.unshift(`${times} times, the last ${moment(lastAt)}`);
  return [moment(at), action, oneLine(actor), role, from ?? '', facts.join(', ')];
}
