import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import { context, quarantinedThread, threadItem, threadRow } from './items.js';

test('a thread becomes a row', () => {
  expect(threadRow()).toMatchObject({
    sourceId: 'thr_1',
    kind: 'sms',
    status: 'open',
    pairKey: '["+15550001111","+15550002222"]',
    c1: '+15550001111',
    c2: '+15550002222',
    contactName: 'Anna Berg',
    lastMessageAt: '2024-02-29T10:20:30.123Z',
    original: null,
  });
});

describe('a thread is quarantined with the reason', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no id', { thread_id: undefined }, 'attribute "thread_id" is missing'],
    ['an empty id', { thread_id: '' }, 'attribute "thread_id" is empty'],
    ['no account', { account_id: undefined }, 'attribute "account_id" is missing'],
    ['no kind', { kind: undefined }, 'attribute "kind" is missing'],
    ['an unknown kind', { kind: 'voice' }, 'attribute "kind" is none of sms, void, email, chat, social'],
    ['no C1', { c1: undefined }, 'attribute "c1" is missing'],
    ['an empty C1', { c1: '' }, 'attribute "c1" is empty'],
    ['a blank C2', { c2: ' \t' }, 'attribute "c2" is blank'],
    ['NULL as C2', { c2: null }, 'attribute "c2" has type NULL, expected S'],
    ['an endless C2', { kind: 'chat', c2: 'x'.repeat(1025) }, 'attribute "c2" is longer than 1024 bytes'],
    ['no status', { status: undefined }, 'attribute "status" is missing'],
    ['an unknown status', { status: 'snoozed' }, 'attribute "status" is none of open, closed, archived'],
    ['a number as name', { c2_name: NumberValue.from('1') }, 'attribute "c2_name" has type N, expected S'],
  ])('%s', (_, changes, reason) => {
    expect(quarantinedThread(changes).reason).toBe(reason);
  });
});

test.each(['channel_id', 'created_at', 'last_message_at'])('%s never stops a thread', (name) => {
  for (const value of [undefined, null, NumberValue.from('1'), 'rubbish', ['x']]) {
    expect(threadRow({ [name]: value }).sourceId).toBe('thr_1');
  }
});

test('last_message_at is used when it is a date', () => {
  expect(threadRow({ last_message_at: '2024-02-29T12:20:30+02:00' }).lastMessageAt).toBe(
    '2024-02-29 10:20:30.000000+00',
  );
  for (const value of [undefined, null, 'rubbish', '2024-02-29', NumberValue.from('1')]) {
    expect(threadRow({ last_message_at: value }).lastMessageAt).toBeNull();
  }
});

test.each([undefined, null, '', '  \t'])('a contact whose c2_name is %j has no name', (name) => {
  expect(threadRow({ c2_name: name }).contactName).toBeNull();
});

describe('threads of one pair', () => {
  test.each(['(555) 000-2222', ' +1 555 000 2222 ', 'tel:+15550002222', '+1.555.000.2222'])(
    'are found in any format of the number: %j',
    (c2) => {
      for (const kind of ['sms', 'void']) {
        const row = threadRow({ kind, c2, thread_id: 'thr_2' });
        expect([row.c2, row.pairKey]).toEqual(['+15550002222', threadRow().pairKey]);
      }
    },
  );

  test('may have a side that is not a phone number; surrounding spaces do not count', () => {
    const row = threadRow({ c2: ' 22395 ' });
    expect([row.c2, row.pairKey]).toEqual(['22395', threadRow({ c2: '22395' }).pairKey]);
    expect(threadRow({ c2: 'ACME' }).pairKey).not.toBe(threadRow({ c2: 'acme' }).pairKey);
  });

  test('are distinguished by the order of the two', () => {
    const turned = threadRow({ c1: '+15550002222', c2: '+15550001111' });
    expect(turned.pairKey).not.toBe(threadRow().pairKey);
  });

  test('are parsed by the account’s region', () => {
    const national = threadItem({ c2: '030 123456' });
    const mapped = mapThread(national, { ...context, region: 'DE' });
    expect(mapped).toMatchObject({ row: { c2: '+4930123456' } });
    expect(mapThread(national, { ...context, region: undefined })).toMatchObject({
      row: { c2: '030 123456' },
    });
  });

  test('cannot have a key that is too long for an index', () => {
    const [c1, c2] = ['\u0001'.repeat(1024), '\u0002'.repeat(1024)];
    expect(threadRow({ c1, c2 }).pairKey).toMatch(/^pair:[0-9a-f]{64}$/);
    expect(threadRow({ c1: c2, c2: c1 }).pairKey).not.toBe(threadRow({ c1, c2 }).pairKey);
  });
});

test.each(['email', 'chat', 'social'])(
  '%s threads are not merged, and keep their identities unchanged',
  (kind) => {
    const row = threadRow({ kind, c1: '(555) 000-1111', c2: ' Anna@Example.org ' });
    expect([row.c1, row.c2, row.pairKey]).toEqual(['(555) 000-1111', ' Anna@Example.org ', 'thread:thr_1']);
  },
);

test('text that PostgreSQL cannot hold is replaced, and the originals are kept', () => {
  const row = threadRow({ thread_id: 't\0', kind: 'chat', c2: 'anna\ud800', c2_name: 'Anna\0' });
  expect(row).toMatchObject({
    sourceId: 't\uFFFD',
    c2: 'anna\uFFFD',
    contactName: 'Anna\uFFFD',
    pairKey: 'thread:t\uFFFD',
  });
  const base64 = (text: string) => Buffer.from(text, 'utf16le').toString('base64');
  expect(JSON.parse(row.original!)).toEqual({
    thread_id: base64('t\0'),
    c2: base64('anna\ud800'),
    c2_name: base64('Anna\0'),
  });
});

test('each column of a thread source counts in the digest, and nothing else', () => {
  const digests = [
    {},
    { thread_id: 'thr_2' },
    { kind: 'void' },
    { status: 'closed' },
    { c1: 'a' },
    { c2: 'b' },
  ].map((changes) => threadRow(changes).digest);
  expect(new Set(digests).size).toBe(digests.length);
  expect(threadRow({ c2_name: 'Other', last_message_at: undefined, c2: '555-000-2222' }).digest).toBe(
    digests[0],
  );
});
