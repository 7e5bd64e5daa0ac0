import { attributeType, isWrappedNumber } from '../../../domain/conversations/records/attribute-value.js';

/** As DynamoDB writes a value that the document client gives so. */
function written(value: unknown): Record<string, unknown> {
  const type = attributeType(value);
  if (type === 'NULL') return { NULL: true };
  if (type === 'L') return { L: (value as unknown[]).map(written) };
  if (type === 'M') return { M: writtenItem(value as Record<string, unknown>) };
  const members = value instanceof Set ? [...value] : [value];
  const texts = members.map((member) =>
    member instanceof Uint8Array
      ? Buffer.from(member).toString('base64')
      : typeof member === 'object' && member !== null && isWrappedNumber(member)
        ? member.value
        : member,
  );
  return { [type]: value instanceof Set ? texts : texts[0] };
}

export function writtenItem(item: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, written(value)]));
}

/** DynamoDB's answer to a query. */
export function answer(
  items: readonly Record<string, unknown>[],
  more: Record<string, unknown> = {},
): Buffer {
  return Buffer.from(JSON.stringify({ Count: items.length, Items: items.map(writtenItem), ...more }));
}
