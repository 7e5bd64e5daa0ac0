import type { KindAtApi } from '../command-line.js';
import { assertWord, type CliKind, textIn } from '../kind.js';
import { readPages } from '../pages.js';
import { table } from '../table.js';
import { print, type Output } from '../terminal.js';
import { moment, oneLine } from '../words.js';

export interface ListCommand {
  readonly status?: string;
  /** A part of the key or the name. */
  readonly q?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** What the list shows of a migration; the fields of its key and status have the kind's own names. */
interface Row {
  readonly name: string;
  readonly changed_at: string;
  readonly paused: unknown;
  readonly cancelled?: unknown;
}

interface Page {
  readonly migrations: readonly Row[];
  readonly next_cursor: string | null;
}

/** Prints migrations, the latest change first, up to the limit. */
export async function list(at: KindAtApi, command: ListCommand, out: Output): Promise<void> {
  const listed = await readList(at, command);
  if (command.json) print(out, JSON.stringify(listed.found, undefined, 2));
  else print(out, ...listLines(at.kind, listed, command, out.columns));
}

export interface Listed {
  readonly found: readonly Row[];
  readonly more: boolean;
}

export async function readList({ api, kind }: KindAtApi, { status, q, limit }: ListCommand): Promise<Listed> {
  assertWord('--status', status, kind.statuses);
  return readPages(
    limit,
    (wish) => api.get<Page>(kind.calls.migrations, { status, q, ...wish }),
    ({ migrations }) => migrations,
  );
}

export function listLines(
  kind: CliKind,
  { found, more }: Listed,
  { status, q, limit }: ListCommand,
  width: number | undefined,
): string[] {
  if (found.length === 0) return [nothingOf(kind, status, q)];
  const heads = [kind.subject.toUpperCase(), 'STATUS', '', 'CHANGED', 'NAME'];
  return [
    ...table(
      heads,
      found.map((row) => rowOf(kind, row)),
      width,
    ),
    ...(more ? [`There are more: --limit ${limit * 2}.`] : []),
  ];
}

function nothingOf({ subject }: CliKind, status: string | undefined, q: string | undefined): string {
  if (q !== undefined)
    return `No ${subject} has "${q}" in its key or name${status ? ` and is ${status}` : ''}.`;
  return status === undefined ? `Carryover knows no ${subject} yet.` : `No ${subject} is ${status}.`;
}

function rowOf({ calls: { fields } }: CliKind, row: Row): string[] {
  const steered = row.cancelled ? 'cancelled' : row.paused ? 'paused' : '';
  return [
    textIn(row, fields.key),
    textIn(row, fields.status),
    steered,
    moment(row.changed_at),
    oneLine(row.name),
  ];
}
