import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapMessage } from '../../../domain/conversations/records/map-message.js';
import { readRecordPage } from '../../../gateways/dynamodb/record-page.js';
import { anyText, attributeValue, present } from '../../domain/conversations/records/arbitraries.js';
import { context, messageItem } from '../../domain/conversations/records/items.js';
import { answer, writtenItem } from './answers.js';
import { fastRow } from './fast-row.js';

/** Valid often enough that most records have only valid attributes. */
function attribute(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: right }, attributeValue, fc.constant(undefined));
}

const text = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'Grüß Gott', '😀') }, anyText);
const map = attribute(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom({ app: 'web' }, {}, { tags: ['a'], open: true }) },
    fc.dictionary(anyText, attributeValue, { maxKeys: 3 }),
  ),
);
const anyMessage = fc
  .record({
    metadata: map,
    thread_id: text,
    account_id: fc.oneof({ weight: 9, arbitrary: fc.constant('acc_1') }, attributeValue),
    message_key: text,
    message_id: attribute(text),
    direction: attribute(fc.constantFrom('in', 'out', 'system')),
    kind: attribute(fc.constantFrom('text', 'call', 'note')),
    author: attribute(text),
    body: attribute(text),
    sent_at: attribute(fc.constantFrom('2024-02-29T10:20:30.123Z', '2024-02-29T10:20:30+02:00', 'soon')),
    telephony: attribute(
      fc.constantFrom({ outcome: 'answered' }, { recording_url: 'https://files.example/1' }),
    ),
    attachments: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      fc.constant([{ attachment_id: 'a', url: 'https://files.example/2' }]),
    ),
    more: attributeValue,
  })
  .map(present);

test('reading an answer’s text gives the same records as parsing it', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 5 }), (items) => {
      const page = readRecordPage(answer(items, { ScannedCount: 7 }), 'messages');
      expect(page.items.length).toBe(items.length);
      for (const [at, message] of page.items.entries()) {
        expect(message.text('message_key')).toBe(items[at]?.['message_key']);
        // Compared as DynamoDB would write them: numbers and binary have classes of their own.
        expect(writtenItem(message.item)).toEqual(writtenItem(items[at] ?? {}));
        const row = fastRow(message);
        if (row === undefined) continue;
        plain += 1;
        expect({ kind: 'row', row }).toEqual(mapMessage(items[at], context));
      }
    }),
    { numRuns: 1_000 },
  );
  expect(plain).toBeGreaterThan(200);
});

test('an ordinary message takes the fast path, with or without escapes', () => {
  for (const body of ['Good morning', 'two\nlines, "quoted" \\ and a 😀', '', undefined]) {
    const item = messageItem({ body, metadata: { app: 'web' } });
    const [message] = readRecordPage(answer([item]), 'messages').items;
    expect({ kind: 'row', row: fastRow(message) }).toEqual(mapMessage(item, context));
  }
});

test('the continuation key equals the document client’s', () => {
  const next = { brand_id: 'br_1', message_key: '2024#"1"', thread_id: 'thr_1' };
  expect(
    readRecordPage(answer([messageItem()], { LastEvaluatedKey: writtenItem(next) }), 'messages').next,
  ).toEqual(next);
  expect(readRecordPage(answer([]), 'messages').next).toBeUndefined();
});

test('a truncated answer is an error', () => {
  const whole = answer([messageItem({ metadata: { app: 'web' } })], { ScannedCount: 1 });
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => readRecordPage(whole.subarray(0, length), 'messages')).toThrow(SyntaxError);
  }
});
