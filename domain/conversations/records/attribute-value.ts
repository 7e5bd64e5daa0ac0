/**
 * Values of DynamoDB attributes, as the document client returns them (wrapped numbers, sets as `Set`, binary as `Uint8Array`) or as a dump's plain
 * JSON holds them.
 */

/** A number that keeps its decimal text. */
export interface WrappedNumber {
  readonly value: string;
}

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'L' | 'M' | 'SS' | 'NS' | 'BS';

/** Recognized by its method, because no attribute value can hold a function. */
export function isWrappedNumber(value: object): value is WrappedNumber {
  return (
    typeof (value as { toAttributeValue?: unknown }).toAttributeValue === 'function' &&
    typeof (value as { value?: unknown }).value === 'string'
  );
}

/** A map (M): neither list, set, binary nor number. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Set) &&
    !(value instanceof Uint8Array) &&
    !isWrappedNumber(value)
  );
}

/** DynamoDB's name for the type of a value. */
export function attributeType(value: unknown): AttributeType {
  if (typeof value === 'string') return 'S';
  if (typeof value === 'number' || typeof value === 'bigint') return 'N';
  if (typeof value === 'boolean') return 'BOOL';
  return typeof value === 'object' && value !== null ? objectType(value) : 'NULL';
}

function objectType(value: object): AttributeType {
  if (Array.isArray(value)) return 'L';
  if (value instanceof Uint8Array) return 'B';
  if (value instanceof Set) return setType(value);
  return isWrappedNumber(value) ? 'N' : 'M';
}

function setType(values: Set<unknown>): AttributeType {
  for (const value of values) {
    const type = attributeType(value);
    return type === 'N' ? 'NS' : type === 'B' ? 'BS' : 'SS';
  }
  return 'SS';
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
