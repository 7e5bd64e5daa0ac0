import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { nativeItem } from '../../domain/conversations/records/attribute-json.js';

/** A record as the document client gives it, numbers wrapped. */
export type Item = Record<string, unknown>;

/**
 * A record out of the SDK's attribute values. The document client would do nearly the same, but assigns names: of a map with an attribute
 * called `__proto__` it makes an object that inherits from that one's value.
 */
export function itemOf(attributes: Readonly<Record<string, AttributeValue>>): Item {
  return nativeItem(attributes as unknown as Parameters<typeof nativeItem>[0]);
}

/** Keys of tables and indexes are texts. */
export function textValues(values: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { S: String(value) }]));
}
