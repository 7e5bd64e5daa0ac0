import { moment, oneLine } from '../words.js';
import type { KindAtApi, Listing } from '../command-line.js';
import { readPages } from '../pages.js';
import { table } from '../table.js';
import type { Printer } from '../output.js';

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

/** Prints who did what to a migration, and from where; newest first. */
export async function audit(
  { api, kind }: KindAtApi,
  key: string,
  { limit }: Listing,
  printer: Printer,
): Promise<void> {
  const { path, query } = kind.calls.audit(key);
  const { found } = await readPages(
    limit,
    (wish) => api.get<AuditPage>(path, { ...query, ...wish }),
    ({ entries }) => entries,
  );
  await printer.show(found, () =>
    found.length === 0
      ? [`Nobody has done anything to ${key} yet.`]
      : table(['WHEN', 'WHAT', 'WHO', 'ROLE', 'FROM', 'DETAILS'], found.map(rowOf), printer.width),
  );
}

function rowOf(entry: AuditPage['entries'][number]): string[] {
  const { at, action, actor, role, remote_address: from, times, last_at: lastAt, details } = entry;
  const facts = Object.entries(details ?? {}).map(([name, value]) => `${name} ${oneLine(String(value))}`);
  if (lastAt !== null) facts.unshift(`${times} times, the last ${moment(lastAt)}`);
  return [moment(at), action, oneLine(actor), role, from ?? '', facts.join(', ')];
}
