import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GONE } from '../../../../domain/conversations/records/quarantine-reasons.js';
import { ImportWorld } from './import-world.js';
import { messageItem, threadItem } from './source-items.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const AT = '2026-10-15T12:00:00.000Z';
const OLD = '2025-03-01T12:00:00.000Z';

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', A, B);
});

afterEach(() => world.close());

async function messageIds(): Promise<unknown[]> {
  return (await world.query('SELECT source_id FROM messages ORDER BY 1')).map((row) => row['source_id']);
}

test('messages whose thread record is missing or invalid are quarantined with the reason', async () => {
  await world.put('threads', [
    threadItem(A, 'thr_good'),
    threadItem(A, 'thr_bad', { kind: 'pigeon' }),
    threadItem(A, 'thr_foreign', { account_id: 'acc_2' }),
  ]);
  await world.put('messages', [
    messageItem(A, 'thr_good', 'msg_1', AT),
    messageItem(A, 'thr_gone', 'msg_2', AT),
    messageItem(A, 'thr_bad', 'msg_3', OLD),
    messageItem(A, 'thr_foreign', 'msg_4', AT),
    messageItem(A, 'thr_good', 'msg_5', AT, { account_id: 'acc_2', body: 'not for us' }),
  ]);
  await world.migrate([A]);
  expect(await messageIds()).toEqual(['msg_1']);
  expect(await world.reasons()).toEqual({
    [`thr_gone/${AT}#msg_2`]: 'no thread record',
    [`thr_bad/${OLD}#msg_3`]: 'its thread record cannot be taken',
    [`thr_foreign/${AT}#msg_4`]: 'its thread record cannot be taken',
    [`thr_good/${AT}#msg_5`]: 'belongs to another account',
    [`${A}/thr_bad`]: 'attribute "kind" is none of sms, void, email, chat, social',
    [`${A}/thr_foreign`]: 'belongs to another account',
  });
  const raw = await world.query('SELECT source_key, raw FROM quarantined_records');
  expect(JSON.stringify(raw)).not.toContain('not for us');
  expect(world.statuses.get(A)).toBe('all-messages-migrated');
});

test('a recent message whose thread is not in the index is imported after a lookup in the threads table', async () => {
  await world.put(
    'threads',
    [
      threadItem(A, 'thr_stale', { last_message_at: OLD }),
      threadItem(A, 'thr_indexed', { last_message_at: AT }),
      threadItem(A, 'thr_unindexed', {
        last_message_at: undefined,
        kind: 'sms',
        c1: '+15550001111',
        c2: '555-000-2222',
      }),
    ].map((item) => JSON.parse(JSON.stringify(item)) as Record<string, unknown>),
  );
  await world.put('messages', [
    messageItem(A, 'thr_stale', 'msg_1', AT),
    messageItem(A, 'thr_indexed', 'msg_2', AT),
    messageItem(A, 'thr_unindexed', 'msg_3', AT),
    messageItem(A, 'thr_unindexed', 'msg_4', OLD),
  ]);
  expect(await world.importPhase(A, 'recent')).toMatchObject({
    tally: { threads: 3, messages: 3, quarantined: 0 },
  });
  await world.complete(A, 'recent');
  await world.importPhase(A, 'remaining');
  await world.complete(A, 'remaining');
  expect(await messageIds()).toEqual(['msg_1', 'msg_2', 'msg_3', 'msg_4']);
});

test('a thread with an id of another brand is quarantined with its messages', async () => {
  await world.put('threads', [threadItem(A, 'thr_1'), threadItem(B, 'thr_1'), threadItem(B, 'thr_2')]);
  await world.put('messages', [
    messageItem(A, 'thr_1', 'msg_a', AT),
    messageItem(B, 'thr_1', 'msg_b', AT),
    messageItem(B, 'thr_2', 'msg_c', OLD),
  ]);
  await world.migrate([A]);
  await world.migrate([B]);
  expect(await messageIds()).toEqual(['msg_a', 'msg_c']);
  expect(await world.reasons()).toEqual({
    [`${B}/thr_1`]: 'thread id is held by another brand',
    [`thr_1/${AT}#msg_b`]: 'its thread record cannot be taken',
  });
});

describe('a row that PostgreSQL refuses', () => {
  test('is quarantined alone, even if the mapping accepted it', async () => {
    await world.query(`ALTER TABLE messages ADD CHECK (body <> 'poison')`);
    await world.query(`ALTER TABLE contacts ADD CHECK (identity <> 'poison')`);
    await world.put('threads', [
      threadItem(A, 'thr_1'),
      threadItem(A, 'thr_2', { c2: 'poison' }),
      threadItem(A, 'thr_3', { c2: 'poison', last_message_at: OLD }),
    ]);
    await world.put(
      'messages',
      Array.from({ length: 40 }, (_, n) =>
        messageItem(A, 'thr_1', `msg_${n}`, AT, n === 7 || n === 21 ? { body: 'poison' } : {}),
      ),
    );
    await world.put('messages', [messageItem(A, 'thr_3', 'msg_40', AT)]);
    await world.migrate([A]);
    expect(await messageIds()).toHaveLength(38);
    expect(await world.reasons()).toEqual({
      [`thr_1/${AT}#msg_7`]: 'PostgreSQL refuses its data (23514)',
      [`thr_1/${AT}#msg_21`]: 'PostgreSQL refuses its data (23514)',
      [`thr_3/${AT}#msg_40`]: 'its thread record cannot be taken',
      [`${A}/thr_2`]: 'PostgreSQL refuses its data (23514)',
      [`${A}/thr_3`]: 'PostgreSQL refuses its data (23514)',
    });
  });
});

describe('threads that change at the source between the phases', () => {
  beforeEach(async () => {
    await world.put('threads', [
      threadItem(A, 'thr_1', { kind: 'sms', c1: '+15550001111', c2: '+15550002222', c2_name: 'Ann' }),
      threadItem(A, 'thr_2', { kind: 'void', c1: '+15550001111', c2: '+15550002222', status: 'closed' }),
      threadItem(A, 'thr_3', { kind: 'pigeon' }),
    ]);
    await world.put('messages', [
      messageItem(A, 'thr_1', 'msg_1', AT),
      messageItem(A, 'thr_2', 'msg_2', AT),
      messageItem(A, 'thr_2', 'msg_3', OLD),
    ]);
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
  });

  test('are as they were last read', async () => {
    await world.put('threads', [
      threadItem(A, 'thr_1', {
        kind: 'sms',
        c1: '+15550001111',
        c2: '+15550002222',
        c2_name: 'Anna',
        status: 'archived',
      }),
      threadItem(A, 'thr_3'),
    ]);
    await world.importPhase(A, 'remaining');
    await world.complete(A, 'remaining');
    const { threads } = await world.contents();
    expect(threads).toMatchObject([
      { c2: '+15550002222', status: 'closed', name: 'Anna', message_count: '3' },
      { pair_key: 'thread:thr_3' },
    ]);
    expect(await world.reasons()).toEqual({});
  });

  test('move with their messages if their pair has changed', async () => {
    await world.put('threads', [
      threadItem(A, 'thr_2', { kind: 'void', c1: '+15550001111', c2: '+15550003333' }),
    ]);
    await world.importPhase(A, 'remaining');
    await world.complete(A, 'remaining');
    const { threads } = await world.contents();
    expect(threads).toMatchObject([
      { c2: '+15550002222', message_count: '1', sources: [['thr_1', 'sms', 'open']] },
      { c2: '+15550003333', message_count: '2', sources: [['thr_2', 'void', 'open']] },
    ]);
  });
});

test('text that PostgreSQL cannot hold is imported, in keys too', async () => {
  await world.put('threads', [threadItem(A, 'thr_\u0000', { c2: 'C\u0000' })]);
  await world.put(
    'messages',
    Array.from({ length: 9 }, (_, n) =>
      messageItem(A, 'thr_\u0000', `msg_\u0000${n}`, AT, { body: 'a\u0000\tb\\c\r\n' }),
    ),
  );
  await world.migrate([A]);
  const { messages } = await world.contents();
  expect(messages).toHaveLength(9);
  expect(messages[0]).toMatchObject({
    source_id: 'msg_\uFFFD0',
    source_thread_id: 'thr_\uFFFD',
    body: 'a\uFFFD\tb\\c\r\n',
  });
  expect(await world.reasons()).toEqual({});
});

describe('a thread record that comes after its messages were read', () => {
  test('brings them out of quarantine before the next check, each counted once', async () => {
    const attachments = [{ attachment_id: 'f', url: 'http://files.example/f' }];
    await world.put('threads', [threadItem(A, 'thr_bad', { kind: 'pigeon' })]);
    await world.put('messages', [
      messageItem(A, 'thr_late', 'msg_1', AT, { attachments }),
      messageItem(A, 'thr_bad', 'msg_2', AT),
      messageItem(A, 'thr_gone', 'msg_3', AT),
    ]);
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    expect(await messageIds()).toEqual([]);

    await world.put('threads', [threadItem(A, 'thr_late'), threadItem(A, 'thr_bad')]);
    await world.importPhase(A, 'remaining');
    const summary = await world.complete(A, 'remaining');
    expect(summary).toMatchObject({ tally: { messages: 2, quarantined: 1 }, beside: 1 });
    expect(await messageIds()).toEqual(['msg_1', 'msg_2']);
    expect(await world.reasons()).toEqual({ [`thr_gone/${AT}#msg_3`]: 'no thread record' });
    expect((await world.contents()).threads.map((row) => row['message_count'])).toEqual(['1', '1']);
  });

  test('leaves a message in quarantine that another brand has by now', async () => {
    const message = messageItem(A, 'thr_late', 'msg_1', AT);
    await world.put('messages', [message]);
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    await world.put('threads', [threadItem(A, 'thr_late')]);
    await world.put('messages', [{ ...message, brand_id: B }]);
    await world.importPhase(A, 'remaining');
    await world.complete(A, 'remaining');
    expect(await world.reasons()).toEqual({ [`thr_late/${AT}#msg_1`]: GONE });
  });
});
