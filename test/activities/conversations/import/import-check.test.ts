import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImportWorld } from './import-world.js';
import { messageItem, threadItem } from './source-items.js';

const A = 'br_1_1';
const AT = '2026-10-15T12:00:00.000Z';

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', A);
  await world.put('threads', [threadItem(A, 'thr_1'), threadItem(A, 'thr_2', { kind: 'pigeon' })]);
  await world.put('messages', [
    messageItem(A, 'thr_1', 'msg_1', AT, {
      attachments: [{ attachment_id: 'f', url: 'http://files.example/f' }],
    }),
    messageItem(A, 'thr_1', 'msg_2', AT),
    messageItem(A, 'thr_2', 'msg_3', AT),
  ]);
});

afterEach(() => world.close());

test('the check is stored with the phase, and a second call returns the same', async () => {
  await world.importPhase(A, 'recent');
  const summary = await world.complete(A, 'recent');
  expect(summary).toEqual({ tally: { messages: 2, threads: 1, quarantined: 2 }, beside: 1 });
  const [phase] = await world.query('SELECT checked, completed_at FROM carryover.phases');
  expect(phase?.['checked']).toMatchObject({
    source: { messages: 3, attachments: 1, threads: 1, quarantinedThreads: 1 },
  });
  await world.query('DELETE FROM messages');
  expect(await world.complete(A, 'recent')).toEqual(summary);
});

test('threads are settled from their rows, and a status that a person has set is kept', async () => {
  await world.importPhase(A, 'recent');
  await world.query(`UPDATE message_threads SET message_count = 17, status = 'archived'`);
  await world.complete(A, 'recent');
  expect((await world.contents()).threads).toMatchObject([
    { message_count: '2', status: 'archived', last_message_at: new Date(AT) },
  ]);
});

test('a phase with open slices cannot be completed', async () => {
  await world.attempt(A, 'recent', { timeLimitMs: 0 });
  await expect(world.complete(A, 'recent')).rejects.toMatchObject({ type: 'Unexpected' });
});

describe('the check finds', () => {
  test.each([
    ['a lost message', `DELETE FROM messages WHERE source_id = 'msg_2'`, 'messages: read 3, held 2'],
    [
      'an invented message',
      `INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
       SELECT thread_id, 'msg_9', direction, kind, sent_at, source_key, source_thread_id FROM messages LIMIT 1`,
      'messages: read 3, held 4',
    ],
    [
      'a changed text',
      `UPDATE messages SET body = body || '.' WHERE source_id = 'msg_2'`,
      'digest of messages',
    ],
    [
      'a changed time',
      `UPDATE messages SET sent_at = sent_at + interval '1 microsecond'`,
      'digest of messages',
    ],
    ['a lost attachment', 'DELETE FROM attachments', 'attachments: read 1, held 0'],
    [
      'a changed attachment',
      `UPDATE attachments SET source_url = 'http://evil.example'`,
      'digest of attachments',
    ],
    ['a changed thread', `UPDATE thread_sources SET kind = 'sms'`, 'digest of threads'],
    [
      'a lost quarantined message',
      `DELETE FROM quarantined_records WHERE source_table = 'messages'`,
      'messages: read 3, held 2',
    ],
    [
      'a lost quarantined thread',
      `DELETE FROM quarantined_records WHERE source_table = 'threads'`,
      'quarantined threads: read 1, held 0',
    ],
  ])('%s', async (_, damage, difference) => {
    await world.importPhase(A, 'recent');
    await world.query(damage);
    const failure: unknown = await world.complete(A, 'recent').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'CheckUnequal',
      message: expect.stringContaining(difference) as string,
    });
    expect(world.statuses.size).toBe(0);
    expect(await world.query('SELECT FROM carryover.phases WHERE completed_at IS NOT NULL')).toEqual([]);
  });
});
