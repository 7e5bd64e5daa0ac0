/**
 * Walks over JSON text as DynamoDB writes it: without white space. It makes strings of what is asked for and nothing of the rest,
 * where `JSON.parse` would make an object of every attribute. What it does not expect it throws as SyntaxError.
 */
export class JsonScanner {
  at = 0;
  /** Some string that was gone over since this was set to false has an escape in it; those within values that were skipped do not count. */
  escaped = false;
  /** Where the next backslash is, from `at` on. */
  private backslash = -1;

  constructor(readonly text: string) {}

  /** Whether the character is next; if so, goes behind it. */
  skips(character: number): boolean {
    if (this.text.charCodeAt(this.at) !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character: number): void {
    if (!this.skips(character)) this.fail();
  }

  /** Goes behind a string. */
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

  /** Goes behind the value that is next, whatever it is. */
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
        // The end of what the value stands in: a number or word has ended before it.
        if (depth === 0) return;
        depth -= 1;
      } else if (character === COMMA && depth === 0) return;
      this.at += 1;
    } while (depth > 0 || isWord(text.charCodeAt(this.at)));
  }

  fail(): never {
    throw new SyntaxError(`unexpected text at position ${this.at} of an answer`);
  }

  /** Of the string that begins at `at`: where its closing quote is. */
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

/** Of a number, true, false or null. */
function isWord(character: number): boolean {
  return (
    character !== COMMA &&
    character !== CLOSE_BRACE &&
    character !== CLOSE_BRACKET &&
    !Number.isNaN(character)
  );
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === 0x5c) at -= 1;
  return (quote - at) % 2 === 0;
}
