import { attributeType, isMap } from './attribute-value.js';
import { exactJsonText, jsonbText } from './jsonb.js';
import { originalOf, storable, utf8Length } from '../../engine/text.js';

/** The maximum length of an id or key in UTF-8: DynamoDB's limit for a sort key. An index of the store could not hold longer ones. */
const MAX_ID_BYTES = 1024;

/**
 * Reads the attributes of one item. Remembers the first problem, and the exact form of all text that PostgreSQL cannot hold. Methods always return a
 * value; callers must check `problem` before using it.
 */
export class ItemReader {
  /** Names attributes, never their contents. */
  problem: string | undefined;
  private originals: Record<string, string> | undefined;

  /** `prefix` precedes attribute names in problems, for items within an item. */
  constructor(
    private readonly item: Record<string, unknown>,
    private readonly prefix = '',
  ) {}

  /** Required text, which may be empty. */
  text(name: string): string {
    const value = this.item[name];
    if (typeof value === 'string') return this.held(name, value);
    this.complain(name, value === undefined ? 'is missing' : wrongType(value, 'S'));
    return '';
  }

  /** Required text that is not empty and short enough for an index. */
  id(name: string): string {
    const text = this.text(name);
    if (text === '') this.complain(name, 'is empty');
    // At most three bytes for each UTF-16 unit, so short ids need no counting.
    else if (text.length * 3 > MAX_ID_BYTES && utf8Length(text) > MAX_ID_BYTES) {
      this.complain(name, `is longer than ${MAX_ID_BYTES} bytes`);
    }
    return text;
  }

  /** Optional text. */
  optionalText(name: string): string | null {
    const value = this.item[name];
    if (typeof value === 'string') return this.held(name, value);
    if (value !== undefined && value !== null) this.complain(name, wrongType(value, 'S'));
    return null;
  }

  oneOf<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const value = this.item[name];
    if ((words as readonly unknown[]).includes(value)) return value as Word;
    if (value === undefined) this.complain(name, 'is missing');
    else if (typeof value !== 'string') this.complain(name, wrongType(value, 'S'));
    else this.complain(name, `is none of ${words.join(', ')}`);
    return words[0];
  }

  /** An optional map, as jsonb text. */
  optionalMap(name: string): string | null {
    const value = this.item[name];
    if (value === undefined || value === null) return null;
    if (!isMap(value)) {
      this.complain(name, wrongType(value, 'M'));
      return null;
    }
    const json = jsonbText(value);
    if (json.tooDeep) this.complain(name, 'is nested too deeply');
    else if (json.replaced) this.keepOriginal(name, exactJsonText(value));
    return json.text;
  }

  complain(name: string, what: string): void {
    this.problem ??= `attribute "${this.prefix}${name}" ${what}`;
  }

  keepOriginal(name: string, exact: string): void {
    this.originals ??= {};
    this.originals[name] = originalOf(exact);
  }

  get replaced(): boolean {
    return this.originals !== undefined;
  }

  /** jsonb text: attribute name → base64 of its UTF-16LE; null if nothing was replaced. */
  original(): string | null {
    return this.originals === undefined ? null : jsonbText(this.originals).text;
  }

  private held(name: string, value: string): string {
    const text = storable(value);
    if (text !== value) this.keepOriginal(name, value);
    return text;
  }
}

export function wrongType(value: unknown, expected: string): string {
  return `has type ${attributeType(value)}, expected ${expected}`;
}
