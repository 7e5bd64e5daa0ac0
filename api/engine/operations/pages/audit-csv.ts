import {
  type AuditFilter,
  listAuditEntries,
  type RecordedAuditEntry,
} from '../../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';

const COLUMNS = ['id', 'at', 'by', 'role', 'action', 'kind', 'key', 'from', 'times', 'last_at', 'details'];
/** Entries in memory at once. */
const PAGE = 500;

/** The audit as CSV, newest first. Throws StoreUnavailable. */
export async function* csvLines(
  store: Store,
  filter: Omit<AuditFilter, 'before' | 'limit'>,
): AsyncGenerator<string> {
  yield lineOf(COLUMNS);
  let before: string | undefined;
  do {
    const page = await listAuditEntries(store, { ...filter, before, limit: PAGE });
    if (page.length > 0) yield page.map((entry) => lineOf(cellsOf(entry))).join('');
    before = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (before !== undefined);
}

function cellsOf(entry: RecordedAuditEntry): string[] {
  const { id, at, actor, role, action, migration, remoteAddress, times, lastAt, details } = entry;
  return [
    id,
    at.toISOString(),
    actor,
    role,
    action,
    migration?.kind ?? '',
    migration?.subject ?? '',
    remoteAddress ?? '',
    String(times),
    lastAt?.toISOString() ?? '',
    details === undefined ? '' : JSON.stringify(details),
  ];
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

/** Spreadsheets run what looks like a formula: it gets an apostrophe, which they show as text. */
export function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
