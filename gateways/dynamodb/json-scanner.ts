/**
 * Scans JSON text without white space, as DynamoDB writes it. Creates only the strings that are requested, where `JSON.parse` would create an object
 * for every attribute. Throws SyntaxError for unexpected text.
 */
export class JsonScanner {
  at = 0;
  /** Whether a string scanned since this was set to false contains an escape. Ignores strings within skipped values. */
  escaped = false;
  /** The position of the next backslash at or after `at`. */
  private backslash = -1;

  constructor(readonly text: string) {}

  /** Skips the character if it is next; returns whether it was. */
  skips(character: number): boolean {
    if (this.text.charCodeAt(this.at) !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character: number): void {
    if (!this.skips(character)) this.fail();
  }

  /** Moves past a string. */
  skipString(): void {
    const from = this.at + 1;
    const end = this.endOfString();
    this.at = end + 1;
    if (this.backslash >= from && this.backslash < end) this.escaped = true;
  }

  string(): string {
    const from = this.at;
    this.skipString();
    return JSON.parse(this.text.slice(from, this.at)) as string;
  }

  /** Moves past the next value of any type. */
  skipValue(): void {
    const { text } = this;
    let depth = 0;
    do {
      const character = text.charCodeAt(this.at);
      if (character === QUOTE) {
        this.at = this.endOfString() + 1;
        continue;
      }
      if (Number.isNaN(character)) this.fail();
      if (character === OPEN_BRACE || character === OPEN_BRACKET) depth += 1;
      else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
        // The end of the enclosing object or array: a number or literal ended before it.
        if (depth === 0) return;
        depth -= 1;
      } else if (character === COMMA && depth === 0) return;
      this.at += 1;
    } while (depth > 0 || isWord(text.charCodeAt(this.at)));
  }

  fail(): never {
    throw new SyntaxError(`unexpected text at position ${this.at} of an answer`);
  }

  /** The position of the closing quote of the string that begins at `at`. */
  private endOfString(): number {
    const { text } = this;
    if (text.charCodeAt(this.at) !== QUOTE) this.fail();
    const from = this.at + 1;
    if (this.backslash < from) {
      this.backslash = text.indexOf('\\', from);
      if (this.backslash < 0) this.backslash = Number.POSITIVE_INFINITY;
    }
    let end = text.indexOf('"', from);
    if (this.backslash < end) while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) this.fail();
    return end;
  }
}

const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;

/** Whether the character may be part of a number, true, false or null. */
function isWord(character: number): boolean {
  return (
    character !== COMMA &&
    character !== CLOSE_BRACE &&
    character !== CLOSE_BRACKET &&
    !Number.isNaN(character)
  );
}

/** Whether an odd number of backslashes precedes the quote. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === 0x5c) at -= 1;
  return (quote - at) % 2 === 0;
}
