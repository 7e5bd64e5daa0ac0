import { padEnd, sentences, widthOf } from './words.js';

const GAP = '  ';
/** Columns whose values people paste elsewhere: never broken into lines. */
const COPIED: ReadonlySet<string> = new Set(['COMMAND', 'KEY']);

/**
 * Formats rows as lines of aligned columns, two spaces apart. If a line is wider than `width`, the widest columns move below their row, each
 * after its head. Text is wrapped, values to be copied are not, and nothing is cut.
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_head, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
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
