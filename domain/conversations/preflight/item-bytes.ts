import { isMap, isWrappedNumber } from '../records/attribute-value.js';

/** DynamoDB adds this to a list or map, and one byte for each of its members. */
const CONTAINER = 3;

/**
 * A record's size as DynamoDB counts it for read units: names and values, numbers about half a byte for each digit
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + bytesOf(value);
  return bytes;
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number' || typeof value === 'bigint') return digitsOf(String(value));
  if (typeof value !== 'object' || value === null) return 1;
  if (isWrappedNumber(value)) return digitsOf(value.value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set) return [...value].reduce((sum: number, each) => sum + bytesOf(each), 0);
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + 1 + bytesOf(each), CONTAINER);
  return isMap(value) ? CONTAINER + Object.keys(value).length + itemBytes(value) : 1;
}

function digitsOf(number: string): number {
  const digits = number.replaceAll(/[^\d]/g, '').length;
  return Math.ceil(digits / 2) + 1;
}
