import { moment, oneLine } from '../terminal/words.js';
import type { KindAtApi, Listing } from '../command-line.js';
import { readPages } from '../api/pages.js';
import { table } from '../terminal/table.js';
import type { Printer } from '../terminal/output.js';
import type { Terminal } from '../terminal/terminal.js';

interface AuditPage {
  readonly entries: readonly {
    readonly account_id?: string;
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

export interface AuditCommand extends Listing {
  readonly by?: string;
  readonly action?: string;
  readonly from?: string;
  readonly to?: string;
  readonly csv: boolean;
}

/** Prints who did what to a migration, or to all, and from where; newest first. */
export async function audit(
  { api, kind }: KindAtApi,
  key: string | undefined,
  { limit, csv, by, action, from, to }: AuditCommand,
  printer: Printer,
  { out }: Terminal,
): Promise<void> {
  const filter = { by, action, from, to };
  const isFiltered = key === undefined || Object.values(filter).some((each) => each !== undefined);
  const call =
    isFiltered || csv
      ? { path: '/v2/audit', query: { kind: key === undefined ? undefined : kind.name, key, ...filter } }
      : kind.calls.audit(key);
  if (csv) {
    const decoder = new TextDecoder();
    for await (const chunk of api.stream('/v2/audit.csv', 'text/csv', call.query))
      out.write(decoder.decode(chunk, { stream: true }));
    return;
  }
  const { found } = await readPages(
    limit,
    (wish) => api.get<AuditPage>(call.path, { ...call.query, ...wish }),
    ({ entries }) => entries,
  );
  await printer.show(found, () => {
    if (found.length === 0)
      return [
        key === undefined ? 'No entry of the audit matches.' : `Nobody has done anything to ${key} yet.`,
      ];
    const heads = ['WHEN', 'WHAT', 'WHO', 'ROLE', 'FROM', 'DETAILS'];
    if (key !== undefined) return table(heads, found.map(rowOf), printer.width);
    const rows = found.map((entry) => [entry.account_id ?? '', ...rowOf(entry)]);
    return table(['MIGRATION', ...heads], rows, printer.width);
  });
}

function rowOf(entry: AuditPage['entries'][number]): string[] {
  const { at, action, actor, role, remote_address: from, times, last_at: lastAt, details } = entry;
  const facts = Object.entries(details ?? {}).map(([name, value]) => `${name} ${oneLine(String(value))}`);
  if (lastAt !== null) facts.unshift(`${times} times, the last ${moment(lastAt)}`);
  return [moment(at), action, oneLine(actor), role, from ?? '', facts.join(', ')];
}
