import {
  BACKSLASH,
  COLON,
  COMMA,
  LETTER_E,
  LINE_END,
  LOWER_CASE,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
  RETURN,
  SPACE,
  TAB,
  ZERO,
  isDigit,
} from './ascii.js';

/**
 * Scans JSON in UTF-8. Creates only requested strings, where `JSON.parse` would create an object for every attribute. Throws SyntaxError for
 * everything that `JSON.parse` refuses, and for text that is nested too deeply.
 */
export class JsonScanner {
  /** Whether a string scanned since this was set to false contains an escape. */
  escaped = false;

  constructor(
    /** The text ends with them. Must be valid UTF-8. */
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  /** The next byte; 0 at the end. */
  get next(): number {
    return this.bytes[this.at] ?? 0;
  }

  /** Skips the byte if it is next, after any white space, and white space after it; returns whether it was. */
  skips(byte: number): boolean {
    if (this.next !== byte) {
      this.skipSpace();
      if (this.next !== byte) return false;
    }
    this.at += 1;
    if (this.next <= SPACE) this.skipSpace();
    return true;
  }

  expect(byte: number): void {
    if (!this.skips(byte)) this.fail();
  }

  /** Moves past a string. */
  skipString(): void {
    const { bytes } = this;
    let { at } = this;
    if (bytes[at] !== QUOTE) this.fail();
    for (;;) {
      at += 1;
      const byte = bytes[at] ?? 0;
      if (byte > QUOTE && byte !== BACKSLASH) continue;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) at = this.endOfEscape(at);
      else if (byte < SPACE) this.fail();
    }
    this.at = at + 1;
  }

  /** A string's value. */
  string(): string {
    const from = this.at;
    this.skipString();
    return JSON.parse(this.bytes.toString('utf8', from, this.at)) as string;
  }

  /** Moves past the next value of any type. */
  skipValue(depth = 0): void {
    const { next } = this;
    if (next === QUOTE) this.skipString();
    else if (next === OPEN_BRACE || next === OPEN_BRACKET) this.skipMembers(next, depth);
    else if (next === MINUS || isDigit(next)) this.skipNumber();
    else this.skipWord();
  }

  fail(): never {
    throw new SyntaxError(`unexpected text at position ${this.at} of an answer`);
  }

  private skipMembers(opening: number, depth: number): void {
    if (depth > DEEPEST) this.fail();
    const closing = opening + 2;
    this.expect(opening);
    if (this.skips(closing)) return;
    do {
      if (opening === OPEN_BRACE) {
        this.skipString();
        this.expect(COLON);
      }
      this.skipValue(depth + 1);
    } while (this.skips(COMMA));
    this.expect(closing);
  }

  private skipNumber(): void {
    if (this.next === MINUS) this.at += 1;
    if (this.next === ZERO) this.at += 1;
    else this.skipDigits();
    if (this.next === POINT) {
      this.at += 1;
      this.skipDigits();
    }
    if ((this.next | LOWER_CASE) !== LETTER_E) return;
    this.at += 1;
    if (this.next === MINUS || this.next === PLUS) this.at += 1;
    this.skipDigits();
  }

  private skipDigits(): void {
    if (!isDigit(this.next)) this.fail();
    while (isDigit(this.next)) this.at += 1;
  }

  private skipWord(): void {
    for (const word of WORDS) {
      if (!this.begins(word)) continue;
      this.at += word.length;
      return;
    }
    this.fail();
  }

  private begins(word: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let n = 0; n < word.length; n += 1) if (bytes[at + n] !== word[n]) return false;
    return true;
  }

  skipSpace(): void {
    for (
      let { next } = this;
      next === SPACE || next === LINE_END || next === RETURN || next === TAB;
      { next } = this
    )
      this.at += 1;
  }

  /** The last position of the escape that begins at the backslash. */
  private endOfEscape(backslash: number): number {
    this.escaped = true;
    const { bytes } = this;
    const letter = bytes[backslash + 1] ?? 0;
    if (ESCAPES.has(letter)) return backslash + 1;
    const isHex = /^u[\da-fA-F]{4}$/.test(bytes.toString('latin1', backslash + 1, backslash + 6));
    return isHex ? backslash + 5 : this.fail();
  }
}

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
/** DynamoDB nests values at most 32 levels, each of two levels of JSON. */
const DEEPEST = 100;
