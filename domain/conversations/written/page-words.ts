import type { WrittenPage } from './written-page.js';

/** The limits of the general way. */
const MAX_ID_BYTES = 1024;

/** Whether the field exists, is not empty and is short enough for an index. */
export function isId(page: WrittenPage, record: number, field: number): boolean {
  if (!page.has(record, field)) return false;
  const size = page.length(record, field);
  return size > 0 && size <= MAX_ID_BYTES;
}

/** Which of the words the field is. */
export function wordOf<Word extends string>(
  page: WrittenPage,
  record: number,
  field: number,
  words: readonly Word[],
): Word | undefined {
  for (const word of words) if (page.is(record, field, bytesOf(word))) return word;
  return undefined;
}

const known = new Map<string, Buffer>();

/** The UTF-8 of a few words and account ids, which are compared with each record. */
export function bytesOf(word: string): Buffer {
  let bytes = known.get(word);
  if (!bytes) {
    if (known.size >= 1_000) known.clear();
    known.set(word, (bytes = Buffer.from(word)));
  }
  return bytes;
}
