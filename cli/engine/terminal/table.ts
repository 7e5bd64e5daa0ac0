import { padEnd, sentences, shorten, widthOf } from './words.js';

const GAP = '  ';
/** Columns whose values people paste elsewhere: never broken into lines. */
const COPIED: ReadonlySet<string> = new Set(['COMMAND', 'KEY']);

/** Columns that only describe: shortened with … if that makes the table fit. */
const SHORTENED: ReadonlySet<string> = new Set(['NAME', 'BRAND', 'DETAILS', 'PHASES', 'TOKEN']);
const SHORTEST = 12;

/**
 * Formats rows as lines of aligned columns, two spaces apart. If a line is wider than `width`, columns that only describe are shortened. If
 * that is not enough, nothing is: the widest columns move below their row, each after its head, and text is wrapped; values to be copied are not.
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string[] {
  return arranged(heads, shortenedToFit(heads, rows, width) ?? rows, width);
}

/** Formats names and values as lines, the values below each other. */
export function inColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, value]) => `${padEnd(name, width)}${GAP}${value}`);
}

/** The rows with shortened descriptions, if the table then fits; undefined if it fits anyway, or does not even then. */
function shortenedToFit(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[][] | undefined {
  const widths = widthsOf([heads, ...rows]);
  let over = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width;
  if (over <= 0) return undefined;
  const narrowed = heads.map((head, column) => {
    const full = widths[column] ?? 0;
    if (!SHORTENED.has(head)) return full;
    const gives = Math.max(0, Math.min(over, full - SHORTEST));
    over -= gives;
    return full - gives;
  });
  if (over > 0) return undefined;
  return rows.map((row) =>
    row.map((text, column) =>
      SHORTENED.has(heads[column] ?? '') ? shorten(text, narrowed[column] ?? 0) : text,
    ),
  );
}

function widthsOf([heads = [], ...rows]: readonly (readonly string[])[]): number[] {
  return heads.map((head, column) =>
    Math.max(widthOf(head), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
}

function arranged(heads: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const widths = widthsOf([heads, ...rows]);
  const inLine = columnsThatFit(widths, width);
  const below = heads.map((_head, column) => column).filter((column) => !inLine.includes(column));
  const lineOf = (row: readonly string[]) =>
    inLine
      .map((column) => padEnd(row[column] ?? '', widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  return [
    lineOf(heads),
    ...rows.flatMap((row) => [
      lineOf(row),
      ...below
        .filter((column) => row[column])
        .flatMap((column) => belowRow(heads[column] ?? '', row[column] ?? '', width)),
    ]),
  ];
}

function belowRow(head: string, text: string, width: number): string[] {
  const name = head === '' ? '' : `${head.toLowerCase()}: `;
  if (COPIED.has(head)) return [`${GAP}${name}${text}`];
  return sentences(`${name}${text}`, width - GAP.length, GAP).map((line) => `${GAP}${line}`);
}

/** The indexes of the columns that stay in the line, in order; at least one. */
function columnsThatFit(widths: readonly number[], width: number): number[] {
  let left = widths.map((_width, column) => column);
  const taken = () => left.reduce((sum, column) => sum + (widths[column] ?? 0) + GAP.length, -GAP.length);
  while (left.length > 1 && taken() > width) {
    const widest = Math.max(...left.map((column) => widths[column] ?? 0));
    const leaves = left.findLast((column) => widths[column] === widest);
    left = left.filter((column) => column !== leaves);
  }
  return left;
}
