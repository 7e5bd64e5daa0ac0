import type { WrappedNumber } from './attribute-value.js';

/** A number that keeps its decimal text, recognized like the document client's own. */
class Decimal implements WrappedNumber {
  constructor(readonly value: string) {}

  toAttributeValue(): { readonly N: string } {
    return { N: this.value };
  }
}

/** DynamoDB's JSON of an attribute value: one member, named after its type. */
export type AttributeJson = Readonly<Record<string, unknown>>;

/** Converts DynamoDB's JSON of a record to the attributes that the document client would return. */
export function nativeItem(attributes: Readonly<Record<string, AttributeJson>>): Record<string, unknown> {
  // Defines properties instead of assigning them: an attribute may have the name of an inherited member.
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, nativeValue(value)]));
}

function nativeValue(attribute: AttributeJson): unknown {
  for (const type in attribute) return nativeOf(type, attribute[type]);
  return undefined;
}

function nativeOf(type: string, value: unknown): unknown {
  switch (type) {
    case 'S':
    case 'BOOL':
      return value;
    case 'N':
      return new Decimal(value as string);
    case 'L':
      return (value as AttributeJson[]).map(nativeValue);
    case 'M':
      return nativeItem(value as Record<string, AttributeJson>);
    case 'B':
      return Buffer.from(value as string, 'base64');
    case 'SS':
      return new Set(value as string[]);
    case 'NS':
      return new Set((value as string[]).map((number) => new Decimal(number)));
    case 'BS':
      return new Set((value as string[]).map((bytes) => Buffer.from(bytes, 'base64')));
    default:
      return null;
  }
}
