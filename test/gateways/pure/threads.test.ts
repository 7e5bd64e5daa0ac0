import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapThread } from '../../../domain/conversations/records/map-thread.js';
import type { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import { LinePage } from '../../../gateways/dumps/line-page.js';
import { readRecordPage } from '../../../gateways/dynamodb/record-page.js';
import { anyText, attributeValue, present } from '../../domain/conversations/records/arbitraries.js';
import { context, threadItem } from '../../domain/conversations/records/items.js';
import { answer, writtenItem } from './answers.js';

const text = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'Grüß Gott', '😀 "x"', ' \t') }, anyText);
const contact = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('+15550001111', '(555) 000-1111', ' 22395 ', 'visitor', ' ') },
  text,
  fc.constant('x'.repeat(1025)),
);
const time = fc.constantFrom('2024-02-29T10:20:30.123Z', '2024-02-29T12:20:30+02:00', 'soon');
const right = {
  thread_id: fc.oneof({ weight: 6, arbitrary: fc.constantFrom('thr_1', 'thr-ä') }, text),
  account_id: fc.constant('acc_1'),
  kind: fc.constantFrom('sms', 'void', 'email', 'chat', 'social'),
  c1: contact,
  c2: contact,
  c2_name: text,
  status: fc.constantFrom('open', 'closed', 'archived'),
  last_message_at: time,
};

/** With any value in place of each attribute now and then, and more attributes, in any order. */
function threadsOf(value: fc.Arbitrary<unknown>) {
  const changes = Object.fromEntries(
    Object.entries(right).map(([name, arbitrary]) => [
      name,
      fc.oneof({ weight: 60, arbitrary: arbitrary as fc.Arbitrary<unknown> }, value, fc.constant(undefined)),
    ]),
  );
  return fc
    .record({ ...changes, attachments: value, more: value })
    .map((item) => present({ ...threadItem(), ...item }));
}

/** Whether the thread was mapped the fast way; then it must be the row that the general way gives. */
function isFast(record: WrittenRecord | undefined, item: Record<string, unknown>): boolean {
  const row = record?.thread(context);
  if (row !== undefined) expect({ kind: 'row', row }).toEqual(mapThread(item, context));
  return row !== undefined;
}

test('a thread of an answer is mapped from its bytes as from its attributes', () => {
  let fast = 0;
  fc.assert(
    fc.property(fc.array(threadsOf(attributeValue), { maxLength: 3 }), (items) => {
      const { items: records } = readRecordPage(answer(items), 'threads');
      for (const [at, item] of items.entries()) {
        expect(writtenItem(records[at]?.item ?? {})).toEqual(writtenItem(item));
        if (isFast(records[at], item)) fast += 1;
      }
    }),
  );
  expect(fast).toBeGreaterThan(30);
});

test('a thread of a dump, too', () => {
  const json = fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null), fc.constant({ a: [1] }));
  const page = new LinePage('threads');
  let fast = 0;
  fc.assert(
    fc.property(threadsOf(json), (item) => {
      const line = Buffer.from(JSON.stringify(item));
      expect(page.add(line, 0, line.length, () => true)).toBe(true);
      if (isFast(page.records.at(-1), JSON.parse(line.toString()) as Record<string, unknown>)) fast += 1;
    }),
    { numRuns: 300 },
  );
  expect(fast).toBeGreaterThan(30);
});

test('an ordinary thread takes the fast path', () => {
  const item = threadItem({ c2_name: 'Anna "Größe" Berg' });
  const { items } = readRecordPage(answer([item, threadItem({ last_message_at: undefined })]), 'threads');
  expect(isFast(items[0], item)).toBe(true);
  expect(isFast(items[1], threadItem({ last_message_at: undefined }))).toBe(true);
});
