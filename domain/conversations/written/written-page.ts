import { hashOfBytes } from '../../engine/bytes/hash.js';
import { putUnescaped } from './json-escapes.js';

/** The attributes that are read of records of one sort, and the number of each. */
export interface Fields<Name extends string = string> {
  readonly numbers: Readonly<Record<Name, number>>;
  /** Fields from this number on are maps, others are strings. */
  readonly firstMap: number;
  /** A record with this attribute needs the general way. */
  readonly odd: string | undefined;
}

/** These have the same number in records of both sorts. */
const SHARED = ['account_id', 'thread_id', 'brand_id', 'kind'] as const;
const MOST_FIELDS = 12;

function fieldsOf<Text extends string, Mapped extends string>(
  texts: readonly Text[],
  maps: readonly Mapped[],
  odd?: string,
): Fields<(typeof SHARED)[number] | Text | Mapped> {
  const names = [...SHARED, ...texts, ...maps];
  const numbers = Object.fromEntries(names.map((name, at) => [name, at]));
  return {
    numbers: numbers as Record<(typeof names)[number], number>,
    firstMap: names.length - maps.length,
    odd,
  };
}

export const MESSAGE_FIELDS = fieldsOf(
  ['message_key', 'message_id', 'direction', 'author', 'body', 'sent_at'],
  ['telephony', 'metadata'],
  // They have rows of their own.
  'attachments',
);
export const THREAD_FIELDS = fieldsOf(['c1', 'c2', 'c2_name', 'status', 'last_message_at'], []);

/** For each record: its start and end, its flags, and the start and end of each field. */
const [START, END, FLAGS, FIRST_FIELD] = [0, 1, 2, 3];
const WIDTH = FIRST_FIELD + 2 * MOST_FIELDS;
const ODD = 1;
const RECORDS = 2_048;
const NOTHING = Buffer.alloc(0);
const NO_PLACES = new Int32Array(0);
/** Position arrays of ended pages, for reuse. */
const unused: Int32Array<ArrayBuffer>[] = [];
const MOST_UNUSED = 12;

/**
 * The positions of records and their fields in a page of JSON. One array of numbers costs the garbage collector nothing. Strings with escapes are
 * appended to the page without them.
 */
export class WrittenPage {
  private places = unused.pop() ?? new Int32Array(RECORDS * WIDTH);
  /** The end of what `bytes` holds. */
  private end: number;
  count = 0;

  /** `length`: how much of the buffer is the page's text, of valid UTF-8. The buffer may be larger. */
  constructor(
    public bytes: Buffer,
    length: number,
  ) {
    this.end = length;
  }

  /** A new record without fields; returns its number. */
  add(): number {
    if ((this.count + 1) * WIDTH > this.places.length) {
      const larger = new Int32Array(this.places.length * 2);
      larger.set(this.places);
      this.places = larger;
    }
    this.places.fill(-1, this.count * WIDTH, (this.count + 1) * WIDTH);
    this.places[this.count * WIDTH + FLAGS] = 0;
    this.count += 1;
    return this.count - 1;
  }

  /** Copies a record's text between these positions, followed by a byte that JSON cannot contain; returns where the copy begins. */
  append(source: Buffer, from: number, to: number): number {
    const start = this.end;
    const size = to - from;
    if (start + size + 1 > this.bytes.length) this.grow(size + 1);
    source.copy(this.bytes, start, from, to);
    this.bytes[start + size] = 0;
    this.end += size + 1;
    return start;
  }

  /** Forgets what was appended from here on. */
  dropFrom(start: number): void {
    this.end = start;
  }

  /** Removes the last record. */
  removeLast(): void {
    this.count -= 1;
  }

  setWhole(record: number, start: number, end: number): void {
    this.places[record * WIDTH + START] = start;
    this.places[record * WIDTH + END] = end;
  }

  setField(record: number, field: number, from: number, to: number): void {
    const at = record * WIDTH + FIRST_FIELD + 2 * field;
    this.places[at] = from;
    this.places[at + 1] = to;
  }

  /** Adds a field whose string between these positions has escapes: appends the decoded text. False if PostgreSQL cannot hold it. */
  setEscaped(record: number, field: number, from: number, to: number): boolean {
    if (this.end + to - from > this.bytes.length) this.grow(to - from);
    const end = putUnescaped(this.bytes, from, to, this.bytes, this.end);
    if (end < 0) return false;
    this.setField(record, field, this.end, end);
    this.end = end;
    return true;
  }

  /** The record must be mapped the general way. */
  setOdd(record: number): void {
    this.places[record * WIDTH + FLAGS] = this.flags(record) | ODD;
  }

  isOdd(record: number): boolean {
    return (this.flags(record) & ODD) !== 0;
  }

  /** Whether the field's text may hold what JSON escapes: it was appended. */
  isEscaped(record: number, field: number): boolean {
    return this.from(record, field) >= (this.places[record * WIDTH + END] ?? 0);
  }

  has(record: number, field: number): boolean {
    return this.from(record, field) >= 0;
  }

  /** Where the field's bytes begin; -1 without the field. */
  from(record: number, field: number): number {
    return this.places[record * WIDTH + FIRST_FIELD + 2 * field] ?? -1;
  }

  to(record: number, field: number): number {
    return this.places[record * WIDTH + FIRST_FIELD + 2 * field + 1] ?? -1;
  }

  length(record: number, field: number): number {
    return this.to(record, field) - this.from(record, field);
  }

  text(record: number, field: number): string | undefined {
    const from = this.from(record, field);
    return from < 0 ? undefined : this.bytes.toString('utf8', from, this.to(record, field));
  }

  /** The same with a character for each byte. */
  latin1(record: number, field: number): string | undefined {
    const from = this.from(record, field);
    return from < 0 ? undefined : this.bytes.toString('latin1', from, this.to(record, field));
  }

  is(record: number, field: number, expected: Uint8Array): boolean {
    const from = this.from(record, field);
    if (from < 0 || this.to(record, field) - from !== expected.length) return false;
    const { bytes } = this;
    for (let at = 0; at < expected.length; at += 1) if (bytes[from + at] !== expected[at]) return false;
    return true;
  }

  /** The hash of the field's bytes. */
  hash(record: number, field: number): number {
    return hashOfBytes(this.bytes, this.from(record, field), this.to(record, field));
  }

  /** The whole record as it is written. */
  written(record: number): string {
    const at = record * WIDTH;
    return this.bytes.toString('utf8', this.places[at + START], this.places[at + END]);
  }

  /** Empties the page and returns its buffer. */
  close(): Buffer {
    const { bytes, places } = this;
    [this.bytes, this.places, this.count] = [NOTHING, NO_PLACES, 0];
    if (places.length === RECORDS * WIDTH && unused.length < MOST_UNUSED) unused.push(places);
    return bytes;
  }

  private flags(record: number): number {
    return this.places[record * WIDTH + FLAGS] ?? 0;
  }

  private grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.end + more));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}
