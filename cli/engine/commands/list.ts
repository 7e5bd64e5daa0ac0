import { createColors } from 'picocolors';
import type { KindAtApi, Listing } from '../command-line.js';
import { assertWord, type CliKind, textIn } from '../kind.js';
import type { Printer } from '../terminal/output.js';
import { moreThan, readPages } from '../api/pages.js';
import { table } from '../terminal/table.js';
import { moment, oneLine } from '../terminal/words.js';

export interface ListCommand extends Listing {
  readonly status?: string;
  /** A part of the key or the name. */
  readonly q?: string;
}

interface Steered {
  readonly by: string;
}

/** What the list shows of a migration; the fields of its key and status have the kind's own names. */
interface Row {
  readonly name: string;
  readonly changed_at: string;
  /** Not every kind says when. */
  readonly started_at?: string | null;
  readonly paused: Steered | null;
  readonly cancelled?: Steered | null;
}

interface Page {
  readonly migrations: readonly Row[];
  readonly next_cursor: string | null;
}

/** Prints migrations, the latest change first, up to the limit. */
export async function list(at: KindAtApi, command: ListCommand, printer: Printer): Promise<void> {
  const listed = await readList(at, command);
  await printer.show(listed.found, () => listLines(at.kind, listed, command, printer));
}

type Colours = ReturnType<typeof createColors>;

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
  printer: Printer,
): string[] {
  if (found.length === 0) return [nothingOf(kind, status, q)];
  const wide = printer.isWide ? ['STARTED', 'STEERED BY'] : [];
  const heads = [kind.subject.toUpperCase(), 'STATUS', '', 'CHANGED', ...wide, 'NAME'];
  const colours = createColors(printer.colour);
  return [
    ...table(
      heads,
      found.map((row) => rowOf(kind, row, printer.isWide, colours)),
      printer.width,
    ),
    ...(more ? [moreThan(limit)] : []),
  ];
}

function nothingOf({ subject }: CliKind, status: string | undefined, q: string | undefined): string {
  if (q !== undefined)
    return `No ${subject} has "${q}" in its key or name${status ? ` and is ${status}` : ''}.`;
  return status === undefined ? `Carryover knows no ${subject} yet.` : `No ${subject} is ${status}.`;
}

function rowOf({ calls: { fields } }: CliKind, row: Row, isWide: boolean, colours: Colours): string[] {
  const steered = row.cancelled ? 'cancelled' : row.paused ? 'paused' : '';
  const status = textIn(row, fields.status);
  const wide = [
    row.started_at ? moment(row.started_at) : '',
    oneLine((row.cancelled ?? row.paused)?.by ?? ''),
  ];
  return [
    textIn(row, fields.key),
    status.endsWith('failure') ? colours.red(status) : status,
    colours.yellow(steered),
    moment(row.changed_at),
    ...(isWide ? wide : []),
    oneLine(row.name),
  ];
}
