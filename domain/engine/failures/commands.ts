/** Commands of the operator's command line, ready to paste into a shell. */

export function carryoverCommand(...words: readonly string[]): string {
  return ['carryover', ...words.map(shellWord)].join(' ');
}

/** Quotes the text if a shell would interpret it. */
export function shellWord(text: string): string {
  return /^[\w.:@/+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
