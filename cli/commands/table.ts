import { padEnd, widthOf } from '../progress/words.js';

const GAP = '  ';

/**
 * Rows as lines, columns under each other, two spaces apart. Where that is wider than `width`, the widest columns leave the line: each
 * stands below its row with its head before it, whole, so that it can be copied. Nothing is ever cut.
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
        .map((column) => `${GAP}${heads[column] ? `${heads[column].toLowerCase()}: ` : ''}${row[column]}`),
    ]),
  ];
}

/** At least one, in their order. */
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
