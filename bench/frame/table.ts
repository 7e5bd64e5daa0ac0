import type { Row } from './part.js';

const COLUMNS = ['part', 'what', 'measured', 'ratio', 'wanted', 'note'] as const;

/** Formats all parts' rows as one Markdown table with aligned columns. */
export function markdownTable(rows: readonly (Row & { readonly part: string })[]): string {
  const cells = rows.map((row) => COLUMNS.map((column) => (row[column] ?? '').replaceAll('|', '\\|')));
  const widths = COLUMNS.map((name, at) =>
    Math.max(name.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(COLUMNS), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
