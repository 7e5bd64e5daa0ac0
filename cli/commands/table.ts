import stringWidth from 'string-width';
import { padEnd } from '../progress/words.js';

/** Rows as lines, columns under each other, two spaces apart; the last column is as long as it is. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_head, column) => Math.max(...all.map((row) => stringWidth(row[column] ?? ''))));
  return all.map((row) =>
    heads
      .map((_head, column) => padEnd(row[column] ?? '', widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
