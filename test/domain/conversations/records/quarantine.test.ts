import { createHash } from 'node:crypto';
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { mapMessage } from '../../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import { attributeValueJson } from '../../../../domain/conversations/records/raw.js';
import { context, messageItem, quarantinedMessage, quarantinedThread, record, threadItem } from './items.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a quarantined message keeps its key, its id and its raw form', () => {
  const item = messageItem({ direction: 'up' });
  expect(record(mapMessage(item, context))).toEqual({
    sourceTable: 'messages',
    sourceKey: 'thr_1/2024-02-29T10:20:30.123Z#msg_1',
    rangeKey: '2024-02-29T10:20:30.123Z#msg_1',
    sourceId: 'msg_1',
    identity: sha256('msg_1'),
    reason: 'attribute "direction" is none of in, out, system',
    raw: attributeValueJson(item),
  });
});

test('a quarantined thread keeps its key, its id and its raw form', () => {
  const item = threadItem({ status: 'up' });
  expect(record(mapThread(item, context))).toEqual({
    sourceTable: 'threads',
    sourceKey: 'br_1/thr_1',
    rangeKey: 'thr_1',
    sourceId: 'thr_1',
    identity: sha256('thr_1'),
    reason: 'attribute "status" is none of open, closed, archived',
    raw: attributeValueJson(item),
  });
});

test('a thread without a brand gets the brand of its key', () => {
  expect(quarantinedThread({ brand_id: undefined, status: 'up' }).sourceKey).toBe('br_1/thr_1');
});

describe('another account’s record', () => {
  test('keeps only its key and the hash of its id', () => {
    expect(quarantinedMessage({ account_id: 'acc_2', direction: 'up' })).toEqual({
      sourceTable: 'messages',
      sourceKey: 'thr_1/2024-02-29T10:20:30.123Z#msg_1',
      rangeKey: '2024-02-29T10:20:30.123Z#msg_1',
      sourceId: null,
      identity: sha256('msg_1'),
      reason: 'belongs to another account',
      raw: null,
    });
    expect(quarantinedThread({ account_id: 'acc_2' })).toEqual({
      sourceTable: 'threads',
      sourceKey: 'br_1/thr_1',
      rangeKey: 'thr_1',
      sourceId: null,
      identity: sha256('thr_1'),
      reason: 'belongs to another account',
      raw: null,
    });
  });

  test('is recognised by any other account id, before all else', () => {
    for (const account of ['', 'ACC_1', 'acc_1 ', 'acc_1\0']) {
      expect(quarantinedMessage({ account_id: account, message_id: undefined, kind: 1 }).reason).toBe(
        'belongs to another account',
      );
    }
  });

  test('without an id is identified by its key', () => {
    const { sourceKey, identity } = quarantinedMessage({ account_id: 'acc_2', message_id: undefined });
    expect(identity).toBe(sha256(sourceKey));
  });
});

test('a message without a usable id is identified by its key', () => {
  for (const id of [undefined, '', NumberValue.from('1'), null]) {
    const { sourceId, sourceKey, identity } = quarantinedMessage({ message_id: id });
    expect([sourceId, identity]).toEqual([null, sha256(sourceKey)]);
  }
});

test('copies of one message under two keys share their identity', () => {
  const copy = { direction: 'up', thread_id: 'thr_2', message_key: '2023-01-01T00:00:00.000Z#msg_1' };
  expect(quarantinedMessage(copy).identity).toBe(quarantinedMessage({ direction: 'up' }).identity);
  expect(quarantinedMessage(copy).sourceKey).not.toBe(quarantinedMessage({ direction: 'up' }).sourceKey);
});

test('keys that PostgreSQL cannot hold stay distinct', () => {
  const keys = ['t\0', 't\ud800', 't\ud801', 't\uFFFD'].map(
    (thread) => quarantinedMessage({ thread_id: thread, direction: 'up' }).sourceKey,
  );
  expect(new Set(keys).size).toBe(4);
  expect(keys[0]).toMatch(/^t\uFFFD\/2024-02-29T10:20:30\.123Z#msg_1~[0-9a-f]{8}$/);
  expect(keys[3]).toBe('t\uFFFD/2024-02-29T10:20:30.123Z#msg_1');
});

test('records whose key is missing stay distinct', () => {
  const keys = ['one', 'two'].map((body) => quarantinedMessage({ thread_id: undefined, body }).sourceKey);
  expect(keys[0]).toMatch(/^\/2024-02-29T10:20:30\.123Z#msg_1~[0-9a-f]{8}$/);
  expect(keys[0]).not.toBe(keys[1]);
});

test('the raw form is DynamoDB’s attribute-value JSON', () => {
  const raw = attributeValueJson({
    s: 'text',
    n: NumberValue.from('1.50E+3'),
    plain: 7,
    b: new Uint8Array([1, 2, 255]),
    yes: true,
    none: null,
    l: ['a', NumberValue.from('1')],
    m: { inner: { deeper: false } },
    ss: new Set(['b', 'a']),
    ns: new Set([NumberValue.from('2')]),
    bs: new Set([new Uint8Array([0])]),
    absent: undefined,
  });
  expect(JSON.parse(raw)).toEqual({
    s: { S: 'text' },
    n: { N: '1.50E+3' },
    plain: { N: '7' },
    b: { B: 'AQL/' },
    yes: { BOOL: true },
    none: { NULL: true },
    l: { L: [{ S: 'a' }, { N: '1' }] },
    m: { M: { inner: { M: { deeper: { BOOL: false } } } } },
    ss: { SS: ['a', 'b'] },
    ns: { NS: ['2'] },
    bs: { BS: ['AA=='] },
  });
});

test('the raw form with text that PostgreSQL cannot hold keeps the whole exactly beside it', () => {
  const raw = JSON.parse(attributeValueJson({ 'a\0': 'x', 'a\ud800': ['\udc00'] })) as Record<
    string,
    { S: string }
  >;
  expect(raw['a\uFFFD']).toEqual({ L: [{ S: '\uFFFD' }] });
  const exact: unknown = JSON.parse(Buffer.from(raw['carryover_original']!.S, 'base64').toString('utf16le'));
  expect(exact).toEqual({ 'a\0': { S: 'x' }, 'a\ud800': { L: [{ S: '\udc00' }] } });
  expect(attributeValueJson({ a: '\uFFFD' })).not.toContain('carryover_original');
});

test.each([null, undefined, 5, 'text', true, [], [1], new Set(['a']), new Uint8Array([1])])(
  'a value that is not a record (%j) is quarantined, not thrown',
  (item) => {
    const message = record(mapMessage(item, context));
    expect(message).toMatchObject({
      reason: 'the record is no map of attributes',
      sourceId: null,
      rangeKey: '',
    });
    expect(Object.keys(JSON.parse(message.raw!) as object)).toEqual(['carryover_value']);
    expect(record(mapThread(item, context)).sourceKey).toMatch(/^br_1\/~[0-9a-f]{8}$/);
  },
);
