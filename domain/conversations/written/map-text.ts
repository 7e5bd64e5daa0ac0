import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  isDigit,
} from './ascii.js';
import { JsonbScalars } from './jsonb-scalars.js';
import type { Notation } from './record-reader.js';

/** A map as `jsonb` text in UTF-8. */
export interface MapText {
  readonly bytes: Buffer;
  /** Whether it contains a backslash, which COPY escapes. */
  readonly isEscaped: boolean;
  /** The member `recording_url`, if it is a string. */
  readonly recordingUrl: string | undefined;
}

/** Shared by all maps that are not larger. */
const scratch = Buffer.allocUnsafeSlow(131_072);

/**
 * The same text as `jsonbText` gives for the map that is written between these positions, which is valid JSON; undefined if the map needs the general
 * way: one with a rare type, a number that `jsonb` writes differently, a name with escapes, or a repeated name.
 */
export function mapText(
  bytes: Uint8Array,
  from: number,
  to: number,
  notation: Notation,
): MapText | undefined {
  // Separators may double the size, and members in another order are copied.
  const room = 4 * (to - from);
  const out = room <= scratch.length ? scratch : Buffer.allocUnsafeSlow(room);
  return (notation === 'typed' ? TYPED : PLAIN).write(bytes, from, to, out);
}

/** DynamoDB nests at most 32 levels. */
const DEEPEST = 100;
const TYPES = ['S', 'N', 'M', 'L', 'BOOL', 'NULL'].map((name) => Buffer.from(`"${name}"`));
const [STRING, NUMBER, MAP, LIST, BOOLEAN, NULL] = [0, 1, 2, 3, 4, 5];
const RECORDING = Buffer.from('"recording_url"');
/** So few members are sorted without a function call. */
const FEW = 16;
/** Numbers for each of `members`. */
const WIDTH = 3;
/** Bytes up to this many are copied one by one, which is faster than a call. */
const FEW_BYTES = 64;

class MapWriter extends JsonbScalars {
  private recordingUrl: string | undefined;
  /** For each written member of the maps around the position: where its name begins and ends, and where its value ends. */
  private members = new Int32Array(256 * WIDTH);
  /** How many of these numbers are in use. An array of plain numbers would be allocated anew for most maps. */
  private used = 0;
  /** The members of one map, in the order of `jsonb`. */
  private sorted = new Int32Array(FEW);

  constructor(private readonly isTyped: boolean) {
    super();
  }

  write(bytes: Uint8Array, from: number, to: number, out: Buffer): MapText | undefined {
    this.begin(bytes, from, to, out);
    this.recordingUrl = undefined;
    this.used = 0;
    this.map(0);
    if (this.isRare) return undefined;
    const { isEscaped, recordingUrl, length } = this;
    const text = Buffer.allocUnsafe(length);
    out.copy(text, 0, 0, length);
    return { bytes: text, isEscaped, recordingUrl };
  }

  private map(depth: number): void {
    const start = this.length;
    const first = this.used;
    let isOrdered = true;
    this.put(OPEN_BRACE);
    for (let member = first; this.enters(CLOSE_BRACE); member += WIDTH) {
      if (member > first) this.separate(COMMA);
      const from = this.length;
      this.name();
      const to = this.length;
      this.skip(COLON);
      this.separate(COLON);
      this.value(depth + 1);
      this.add(from, to, this.length);
      if (depth === 0 && this.isRecording(from, to)) this.keepRecording(to + 2);
      if (member > first && this.order(member - WIDTH, member) > 0) isOrdered = false;
    }
    this.put(CLOSE_BRACE);
    if (!isOrdered) this.sort(start, first);
    this.used = first;
  }

  private add(from: number, to: number, end: number): void {
    if (this.used + WIDTH > this.members.length) {
      const larger = new Int32Array(2 * this.members.length);
      larger.set(this.members);
      this.members = larger;
    }
    const { members, used } = this;
    members[used] = from;
    members[used + 1] = to;
    members[used + 2] = end;
    this.used = used + WIDTH;
  }

  private list(depth: number): void {
    this.put(OPEN_BRACKET);
    for (let isFirst = true; this.enters(CLOSE_BRACKET); isFirst = false) {
      if (!isFirst) this.separate(COMMA);
      this.value(depth + 1);
    }
    this.put(CLOSE_BRACKET);
  }

  private value(depth: number): void {
    if (depth > DEEPEST) this.isRare = true;
    if (this.isRare) return;
    if (this.isTyped) this.typedValue(depth);
    else this.plainValue(depth);
  }

  private typedValue(depth: number): void {
    this.skip(OPEN_BRACE);
    const type = TYPES.findIndex((name) => this.begins(name));
    this.at += TYPES[type]?.length ?? 0;
    this.skip(COLON);
    const { next } = this;
    if (type === STRING && next === QUOTE) this.string();
    else if (type === NUMBER && next === QUOTE) this.quotedNumber();
    else if (type === MAP && next === OPEN_BRACE) this.map(depth);
    else if (type === LIST && next === OPEN_BRACKET) this.list(depth);
    else if (type === BOOLEAN) this.word();
    else if (type === NULL) this.null();
    else this.isRare = true;
    this.skip(CLOSE_BRACE);
  }

  private plainValue(depth: number): void {
    const { next } = this;
    if (next === QUOTE) this.string();
    else if (next === OPEN_BRACE) this.map(depth);
    else if (next === OPEN_BRACKET) this.list(depth);
    else if (next === MINUS || isDigit(next)) this.jsonNumber();
    else this.word();
  }

  /** Its length is that of its UTF-8 only if it needs no escapes. */
  private name(): void {
    const { isEscaped } = this;
    this.isEscaped = false;
    this.string();
    if (this.isEscaped) this.isRare = true;
    this.isEscaped = isEscaped;
  }

  /** Moves to the next member, past the opening or a comma; false, and past the closing one, if there is none. */
  private enters(closing: number): boolean {
    if (this.isRare) return false;
    this.skipSpace();
    const opening = this.next;
    this.at += 1;
    if (opening === closing) return false;
    this.skipSpace();
    if (this.next !== closing) return true;
    this.at += 1;
    return false;
  }

  /** Moves past the byte and white space around it. */
  private skip(byte: number): void {
    this.skipSpace();
    if (this.next === byte) this.at += 1;
    else this.isRare = true;
    this.skipSpace();
  }

  private skipSpace(): void {
    while (this.next <= SPACE && this.at < this.end) this.at += 1;
  }

  private separate(byte: number): void {
    this.put(byte);
    this.put(SPACE);
  }

  private begins(expected: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let n = 0; n < expected.length; n += 1) if (bytes[at + n] !== expected[n]) return false;
    return true;
  }

  /** Puts the members of the map that begins at `start` into the order of `jsonb`. */
  private sort(start: number, first: number): void {
    const { members, out } = this;
    const count = this.orderFrom(first);
    // Members are copied from behind the map, where it is copied first.
    const copied = this.length - start;
    out.copyWithin(this.length, start, this.length);
    this.length = start + 1;
    for (let place = 0; place < count; place += 1) {
      if (place > 0) this.separate(COMMA);
      const member = this.sorted[place] ?? 0;
      this.again(copied + (members[member] ?? 0), copied + (members[member + 2] ?? 0));
    }
    this.put(CLOSE_BRACE);
  }

  /** Sorts the members from this one on into `sorted`; returns their number. */
  private orderFrom(first: number): number {
    const count = (this.used - first) / WIDTH;
    if (count > this.sorted.length) this.sorted = new Int32Array(2 * count);
    const { sorted } = this;
    for (let n = 0; n < count; n += 1) {
      sorted[n] = first + n * WIDTH;
      if (count <= FEW) this.insert(n);
    }
    if (count > FEW) sorted.subarray(0, count).sort((a, b) => this.order(a, b));
    return count;
  }

  /** Moves the last of the sorted members to its place. */
  private insert(last: number): void {
    const { sorted } = this;
    const member = sorted[last] ?? 0;
    let place = last;
    for (; place > 0 && this.order(sorted[place - 1] ?? 0, member) > 0; place -= 1)
      sorted[place] = sorted[place - 1] ?? 0;
    sorted[place] = member;
  }

  /** Writes the bytes between these positions again. */
  private again(from: number, to: number): void {
    const { out, length } = this;
    if (to - from > FEW_BYTES) out.copyWithin(length, from, to);
    else for (let at = from; at < to; at += 1) out[length + at - from] = out[at] ?? 0;
    this.length = length + to - from;
  }

  private order(a: number, b: number): number {
    const { members, out } = this;
    const from = members[a] ?? 0;
    const other = members[b] ?? 0;
    const length = (members[a + 1] ?? 0) - from;
    const difference = length - ((members[b + 1] ?? 0) - other);
    if (difference !== 0) return difference;
    for (let n = 0; n < length; n += 1)
      if (out[from + n] !== out[other + n]) return (out[from + n] ?? 0) - (out[other + n] ?? 0);
    // `JSON.parse` would keep the last of two members with one name.
    this.isRare = true;
    return 0;
  }

  private isRecording(from: number, to: number): boolean {
    return to - from === RECORDING.length && this.out.compare(RECORDING, 0, RECORDING.length, from, to) === 0;
  }

  private keepRecording(from: number): void {
    if (this.isRare || this.out[from] !== QUOTE) return;
    this.recordingUrl = JSON.parse(this.out.toString('utf8', from, this.length)) as string;
  }
}

const TYPED = new MapWriter(true);
const PLAIN = new MapWriter(false);
