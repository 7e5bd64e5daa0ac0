import { plainDecimal } from '../records/decimal.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  MINUS,
  POINT,
  QUOTE,
  SPACE,
  ZERO,
  isDigit,
} from './ascii.js';
import { escape, putUtf8, readEscape } from './json-escapes.js';

/**
 * Copies strings and numbers from JSON to `out` as `jsonb` writes them. The text is known to be valid JSON in UTF-8, and `out` has room for twice as
 * much.
 */
export abstract class JsonbScalars {
  /** Set for text that `jsonb` cannot hold, and for text that only the general way can write. */
  protected isRare = false;
  /** Whether the output contains a backslash. */
  protected isEscaped = false;
  /** The digits of the last number without zeros at its beginning and end. */
  private significant = 0;
  protected bytes: Uint8Array = NOTHING;
  protected at = 0;
  protected end = 0;
  protected out: Buffer = NOTHING;
  protected length = 0;

  protected begin(bytes: Uint8Array, from: number, to: number, out: Buffer): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.out = out;
    this.length = 0;
    this.isRare = false;
    this.isEscaped = false;
  }

  /** Copies a string with its quotes. */
  protected string(): void {
    const { bytes, out, end } = this;
    let { at, length } = this;
    out[length++] = QUOTE;
    for (at += 1; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) out[length++] = byte;
      else {
        length = this.escape(at, length);
        at += escape.length - 1;
      }
    }
    out[length++] = QUOTE;
    this.at = at + 1;
    this.length = length;
  }

  /** Writes the character whose escape begins here; returns where it ends. */
  private escape(at: number, length: number): number {
    readEscape(this.bytes, at);
    const { code } = escape;
    if (code < 0) {
      this.isRare = true;
      return length;
    }
    const escaped = ESCAPED[code];
    if (escaped === undefined) return putUtf8(this.out, length, code);
    this.isEscaped = true;
    this.out.set(escaped, length);
    return length + escaped.length;
  }

  /** Copies a number of JSON. Those that exceed a double keep their text; others are written as JavaScript writes them, so without zeros at the end. */
  protected jsonNumber(): void {
    const from = this.at;
    const isCopied = this.number();
    const isAsWritten = this.significant > EXACT_DIGITS || !this.endsWithZero(from);
    if (!isCopied || !isAsWritten || isWord(this.next)) this.isRare = true;
  }

  /** Copies a number that is written as a string, without its quotes. */
  protected quotedNumber(): void {
    const { length } = this;
    const from = (this.at += 1);
    if (!this.number() || this.next !== QUOTE) {
      [this.at, this.length] = [from, length];
      this.otherNumber();
    }
    this.at += 1;
  }

  /** Copies `true`, `false` or `null`. */
  protected word(): void {
    while (isWord(this.next)) {
      this.put(this.next);
      this.at += 1;
    }
  }

  protected null(): void {
    while (isWord(this.next)) this.at += 1;
    this.length += this.out.write('null', this.length, 'latin1');
  }

  protected put(byte: number): void {
    this.out[this.length++] = byte;
  }

  protected get next(): number {
    return this.bytes[this.at] ?? 0;
  }

  /** Copies a decimal number as `numeric` writes it. Returns false, and copies nothing, if `numeric` writes it differently. */
  private number(): boolean {
    const { bytes, out } = this;
    let { at } = this;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at += 1;
    const whole = at;
    let [digits, first, last, point] = [0, 0, 0, 0];
    for (; digits <= MOST_DIGITS; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === POINT && point === 0) point = at;
      else if (!isDigit(byte)) break;
      else {
        digits += 1;
        if (byte !== ZERO) [first, last] = [first || digits, digits];
      }
    }
    const integers = (point === 0 ? at : point) - whole;
    const isPlain = integers > 0 && (integers === 1 || bytes[whole] !== ZERO) && bytes[at - 1] !== POINT;
    if (!isPlain || digits > MOST_DIGITS || (isNegative && last === 0)) return false;
    this.significant = last - first + 1;
    for (let from = this.at; from < at; from += 1) out[this.length++] = bytes[from] ?? 0;
    this.at = at;
    return true;
  }

  /** Whether the number that was written from here on has a zero at the end of its fraction. */
  private endsWithZero(from: number): boolean {
    if (this.bytes[this.at - 1] !== ZERO) return false;
    for (let { at } = this; at >= from; at -= 1) if (this.bytes[at] === POINT) return true;
    return false;
  }

  /** Numbers with exponents, signs or zeros that `numeric` writes differently. */
  private otherNumber(): void {
    let text = '';
    for (; this.next !== QUOTE && this.at < this.end; this.at += 1) text += String.fromCharCode(this.next);
    const decimal = plainDecimal(text);
    // Digits of an exponent may exceed the room.
    if (decimal === undefined || decimal.length > text.length) this.isRare = true;
    else this.length += this.out.write(decimal, this.length, 'latin1');
  }
}

const NOTHING = Buffer.alloc(0);
/** A double holds numbers with this many digits exactly. */
const EXACT_DIGITS = 15;
/** More than DynamoDB's numbers have. */
const MOST_DIGITS = 40;
/** How `jsonb` writes characters that it escapes. */
const ESCAPED: readonly (Buffer | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const json = JSON.stringify(String.fromCharCode(code)).slice(1, -1);
  return json.startsWith('\\') ? Buffer.from(json) : undefined;
});

function isWord(byte: number): boolean {
  return byte > SPACE && byte !== COMMA && byte !== CLOSE_BRACE && byte !== CLOSE_BRACKET;
}
