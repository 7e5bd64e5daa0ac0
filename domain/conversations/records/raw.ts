import { attributeType, base64, isWrappedNumber } from './attribute-value.js';
import { exactJsonText, jsonbText } from './jsonb.js';
import { originalOf } from '../../engine/text.js';

/** An attribute value takes two levels of JSON, and DynamoDB nests at most 32. */
const MAX_LEVELS = 500;

/**
 * A record's attributes as DynamoDB's attribute-value JSON (`{"body": {"S": "…"}, …}`), as jsonb text. If text had to be replaced, the member
 * `carryover_original` keeps the exact JSON: base64 of its UTF-16LE. A value that is not a record (a line of a dump) becomes the single member
 * `carryover_value`. Never throws.
 */
export function attributeValueJson(item: unknown): string {
  const attributes = isRecord(item) ? mapMembers(item, 0) : { carryover_value: attributeValue(item, 0) };
  const { text, replaced } = jsonbText(attributes);
  if (!replaced) return text;
  const original = originalOf(exactJsonText(attributes));
  return jsonbText({ ...attributes, carryover_original: { S: original } }).text;
}

function isRecord(item: unknown): item is Record<string, unknown> {
  return attributeType(item) === 'M';
}

function attributeValue(value: unknown, level: number): object {
  if (level > MAX_LEVELS) return { S: `(nested deeper than ${MAX_LEVELS} levels, left out)` };
  const type = attributeType(value);
  if (type === 'NULL') return { NULL: true };
  if (type === 'L') return { L: (value as unknown[]).map((member) => attributeValue(member, level + 1)) };
  if (type === 'M') return { M: mapMembers(value as Record<string, unknown>, level + 1) };
  if (value instanceof Set) return { [type]: Array.from(value, (member) => String(scalar(member))).sort() };
  return { [type]: scalar(value) };
}

function mapMembers(value: Record<string, unknown>, level: number): Record<string, object> {
  const members: Record<string, object> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) members[name] = attributeValue(member, level);
  }
  return members;
}

/** Strings and booleans unchanged, numbers as strings, binary as base64. */
function scalar(value: unknown): string | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'object' && value !== null && isWrappedNumber(value)) return value.value;
  return String(value);
}
