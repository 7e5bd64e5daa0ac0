/** Commands of the operator's command line, as a person types them. */

export function carryoverCommand(...words: readonly string[]): string {
  return ['carryover', ...words.map(shellWord)].join(' ');
}

/** Quoted where a shell would take it for something else. */
export function shellWord(text: string): string {
  return /^[\w.:@/+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
