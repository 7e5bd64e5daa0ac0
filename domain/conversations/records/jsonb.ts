import { base64, isWrappedNumber } from './attribute-value.js';
import { plainDecimal } from './decimal.js';
import { storable, utf8Length } from '../../engine/text.js';

/** The maximum nesting of lists and maps. PostgreSQL's own parser fails at a few thousand levels. */
const MAX_JSON_DEPTH = 1024;

export interface JsonText {
  readonly text: string;
  /** Text was replaced because PostgreSQL cannot hold it. */
  readonly replaced: boolean;
  /** Nested deeper than `MAX_JSON_DEPTH`; deeper values are written as null. */
  readonly tooDeep: boolean;
}

/**
 * JSON text exactly as PostgreSQL prints the value as `jsonb`: keys ordered by the length of their UTF-8, then by its bytes, numbers as plain
 * decimals, separators `", "` and `": "`. Sets become sorted lists, so that a set has one text; binary becomes base64. If replacements make two keys
 * equal the later one wins, as in PostgreSQL. Never throws.
 */
export function jsonbText(value: unknown): JsonText {
  const writer = new JsonWriter(true);
  const text = writer.write(value, 0);
  return { text, replaced: writer.replaced, tooDeep: writer.tooDeep };
}

/** The same text without replacements: NUL and lone surrogates are escaped (`\u0000`, `\ud800`), and all keys are kept. */
export function exactJsonText(value: unknown): string {
  return new JsonWriter(false).write(value, 0);
}

class JsonWriter {
  replaced = false;
  tooDeep = false;

  constructor(private readonly replaces: boolean) {}

  write(value: unknown, depth: number): string {
    if (typeof value === 'string') return JSON.stringify(this.hold(value));
    if (typeof value === 'number' || typeof value === 'bigint') return number(String(value));
    if (typeof value === 'boolean') return String(value);
    return typeof value === 'object' && value !== null ? this.writeObject(value, depth) : 'null';
  }

  private writeObject(value: object, depth: number): string {
    if (depth >= MAX_JSON_DEPTH) {
      this.tooDeep = true;
      return 'null';
    }
    if (Array.isArray(value)) return this.list(value, depth);
    if (value instanceof Uint8Array) return JSON.stringify(base64(value));
    if (value instanceof Set)
      return `[${this.members([...value], depth)
        .sort()
        .join(', ')}]`;
    if (isWrappedNumber(value)) return number(value.value);
    return this.map(value as Record<string, unknown>, depth);
  }

  private list(values: readonly unknown[], depth: number): string {
    return `[${this.members(values, depth).join(', ')}]`;
  }

  private members(values: readonly unknown[], depth: number): string[] {
    return values.map((value) => this.write(value, depth + 1));
  }

  private map(value: Record<string, unknown>, depth: number): string {
    const values = new Map<string, unknown>();
    for (const key of Object.keys(value)) {
      if (value[key] !== undefined) values.set(this.hold(key), value[key]);
    }
    const keys = [...values.keys()].sort(byLengthThenBytes);
    return `{${keys.map((key) => `${JSON.stringify(key)}: ${this.write(values.get(key), depth + 1)}`).join(', ')}}`;
  }

  private hold(text: string): string {
    if (!this.replaces) return text;
    const held = storable(text);
    if (held !== text) this.replaced = true;
    return held;
  }
}

/** Writes what PostgreSQL does not accept as a number (Infinity, huge exponents) as a string. */
function number(text: string): string {
  return plainDecimal(text) ?? JSON.stringify(text);
}

function byLengthThenBytes(a: string, b: string): number {
  const aBytes = utf8Length(a);
  const bBytes = utf8Length(b);
  if (aBytes !== bBytes) return aBytes - bBytes;
  // UTF-16 units sort like UTF-8 bytes only without surrogates.
  if (aBytes === a.length && bBytes === b.length) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
