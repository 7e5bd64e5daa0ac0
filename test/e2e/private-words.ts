import type { SampleAccount } from '../../dev/sample/generator/account.js';

/** Shorter ones occur everywhere by chance. */
const SHORTEST = 9;
/** The personal attributes of a record: people's names, addresses and texts. */
const PRIVATE = new Set(['body', 'author', 'c1', 'c2', 'c2_name', 'file_name', 'recording_url']);

/** Every text of the account that must be nowhere but in the store: messages, people's and channels' names, numbers, addresses. */
export function privateWordsOf(account: SampleAccount): Set<string> {
  const words = new Set<string>();
  const { account: owner, brands } = account.payload;
  const channels = brands.flatMap((brand) => brand.channels);
  add(owner.email, words);
  for (const { name, phone_number: number } of channels) [name, number].forEach((value) => add(value, words));
  for (const record of account.threads()) collect(record, words);
  for (const record of account.messages()) collect(record, words);
  // Numbers without their plus sign, and the local part that people write.
  const numbers = [...words].filter((word) => /^\+\d{9,}$/.test(word));
  return new Set([...words, ...numbers.flatMap((number) => [number.slice(1), number.slice(-10)])]);
}

/** What the business calls its account and its brands: payloads in Temporal may hold these, and nothing else may. */
export function businessNamesOf({ payload: { account, brands } }: SampleAccount): Set<string> {
  return new Set([account.name, ...brands.map(({ name }) => name)]);
}

function collect(value: unknown, words: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (PRIVATE.has(name)) add(inner, words);
    else collect(inner, words);
  }
}

function add(value: unknown, words: Set<string>): void {
  // No line would hold a longer text as a whole; its beginning is enough.
  if (typeof value === 'string' && value.trim().length >= SHORTEST) words.add(value.trim().slice(0, 40));
}

/** The first few private words in a text, with their surroundings. */
export function privateWordsIn(text: string, words: ReadonlySet<string>): string[] {
  return [...words]
    .filter((word) => text.includes(word))
    .slice(0, 5)
    .map((word) => {
      const at = text.indexOf(word);
      return text.slice(Math.max(0, at - 80), at + word.length + 40);
    });
}
