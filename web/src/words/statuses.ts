/** What a status means to an operator, independent of the kind's own word. Each has a colour and a shape. */
export const TONES = ['waiting', 'running', 'partial', 'done', 'paused', 'failed', 'stopped'] as const;
export type Tone = (typeof TONES)[number];

const BY_WORD: readonly (readonly [RegExp, Tone])[] = [
  [/fail|exception|refused|rejected|unequal|error|^stopped/, 'failed'],
  [/^(cancelled|undone|canceled|skipped|waived|superseded|revoked)/, 'stopped'],
  [/paus/, 'paused'],
  [/^recent-/, 'partial'],
  [/^(all-|done|ready|complete|completed|equal|current|active|migrated|ended|verified)/, 'done'],
  [/^(none|pending|waiting|planned|not-|unknown|queued|ordered|submitted|draft)/, 'waiting'],
];

/** Each kind names its own statuses; an unknown one counts as running. */
export function toneOf(status: string): Tone {
  return BY_WORD.find(([words]) => words.test(status))?.[1] ?? 'running';
}

/** `recent-messages-migrated` as people read it: `Recent messages migrated`. */
export function inWords(status: string): string {
  return capital(status.replaceAll(/[-_]/g, ' '));
}

export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
