import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { nativeItem } from '../../domain/conversations/records/attribute-json.js';

/** A record as the document client returns it, with wrapped numbers. */
export type Item = Record<string, unknown>;

/**
 * Converts attribute values of the SDK to a record. The document client assigns names instead of defining them: an attribute called `__proto__` would
 * become the prototype of its map.
 */
export function itemOf(attributes: Readonly<Record<string, AttributeValue>>): Item {
  return nativeItem(attributes as unknown as Parameters<typeof nativeItem>[0]);
}

/** Keys of tables and indexes are strings. */
export function textValues(values: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { S: String(value) }]));
}
