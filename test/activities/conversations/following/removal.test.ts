import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accountCertificates } from '../../../../domain/conversations/certificate-figures.js';
import { checkCertificate } from '../../../../domain/engine/proof/certificate-check.js';
import { makeCertificate } from '../../../../gateways/store/conversations/certify/certify.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { CODE } from '../verification/verification-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { FollowedWorld } from './following-world.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const OLD = '2025-03-01T12:00:00.000Z';
const RECENT = '2026-10-15T12:00:00.000Z';
const THREAD = threadItem(A, 'thr_1');
const [RECENT_MESSAGE, OLD_MESSAGE] = [
  messageItem(A, 'thr_1', 'msg_1', RECENT),
  messageItem(A, 'thr_1', 'msg_2', OLD),
];

let followed: FollowedWorld;

beforeEach(async () => {
  followed = await FollowedWorld.open([A, B]);
  await followed.put('threads', THREAD);
  await followed.put('messages', RECENT_MESSAGE, OLD_MESSAGE);
  await followed.world.migrate([A, B]);
  followed.take();
});

afterEach(() => followed.close());

const rows = (table: string) => followed.world.query(`SELECT FROM ${table}`);

describe('a thread goes with its last source and message, and its contact with it', () => {
  test('if its messages go first', async () => {
    await followed.remove('messages', RECENT_MESSAGE, OLD_MESSAGE);
    expect(await followed.follow()).toMatchObject({ removed: 2 });
    expect(await rows('message_threads')).toHaveLength(1);
    await followed.remove('threads', THREAD);
    expect(await followed.follow()).toMatchObject({ removed: 1 });
    for (const table of ['message_threads', 'thread_sources', 'messages', 'contacts'])
      expect(await rows(table)).toEqual([]);
    await followed.expectEqual([A, B]);
  });

  test('if its record goes first', async () => {
    await followed.remove('threads', THREAD);
    expect(await followed.follow()).toMatchObject({ removed: 1 });
    expect((await followed.world.contents()).quarantined).toHaveLength(2);
    await followed.remove('messages', RECENT_MESSAGE, OLD_MESSAGE);
    expect(await followed.follow()).toMatchObject({ removed: 2 });
    for (const table of ['message_threads', 'messages', 'contacts', 'quarantined_records'])
      expect(await rows(table)).toEqual([]);
    await followed.expectEqual([A, B]);
  });

  test('however many messages it has', async () => {
    const many = Array.from({ length: 450 }, (_, n) => messageItem(A, 'thr_1', `many_${n}`, RECENT));
    await followed.put('messages', ...many);
    for (let at = 0; at < many.length; at += 200) await followed.follow(followed.hints.splice(0, 200));
    await followed.remove('threads', THREAD);
    await followed.follow();
    await followed.applyWaiting();
    for (const table of ['message_threads', 'contacts']) expect(await rows(table)).toEqual([]);
    expect(await rows('quarantined_records')).toHaveLength(452);
    await followed.put('threads', THREAD);
    await followed.follow();
    await followed.applyWaiting();
    expect((await followed.world.contents()).threads[0]).toMatchObject({ message_count: '452' });
    await followed.expectEqual([A, B]);
  });
});

test('removed records are no longer in the tallies, and the certificate counts them', async () => {
  const { world } = followed;
  await followed.put('messages', messageItem(A, 'thr_1', 'msg_bad', RECENT, { direction: 'up' }));
  await followed.follow();
  await followed.remove('messages', OLD_MESSAGE, messageItem(A, 'thr_1', 'msg_bad', RECENT));
  expect(await followed.follow()).toMatchObject({ removed: 2 });
  const [sums] = await world.query(
    `SELECT sum(read)::int AS read, sum(taken)::int AS taken, sum(quarantined)::int AS quarantined
     FROM carryover.tallies WHERE pass = 'copy' AND stage = 'messages'`,
  );
  expect(sums).toEqual({ read: 1, taken: 1, quarantined: 0 });
  await followed.expectEqual([A, B]);
  await world.query(`
    UPDATE brands SET migration = '{"status":"all-messages-migrated"}';
    UPDATE accounts SET migration = migration || '{"status":"all-messages-migrated"}'`);
  const store = openStore(world.databaseUrl);
  try {
    const [verification] = await world.query<{ id: string }>('SELECT id FROM carryover.verifications');
    const run = {
      ...{ accountId: 'acc_1', code: CODE, workflow: { id: 'w', runId: 'r' } },
      ...{ after: 'verification' as const, verificationId: verification?.id ?? '' },
    };
    await transaction(store.control, 'test', (tx) => makeCertificate(tx, run));
    const [row] = await world.query<{ document: string }>('SELECT document FROM carryover.certificates');
    const document = row?.document ?? '';
    expect(checkCertificate(document, accountCertificates).steps.filter(({ holds }) => !holds)).toEqual([]);
    expect(JSON.parse(document)).toMatchObject({
      certificate: { totals: { held: { messages: 1, removed: 2 } } },
    });
  } finally {
    await store.close();
  }
});

test('a thread with a remaining source stays, and its messages are counted', async () => {
  const phones = { kind: 'sms', c1: '+15550001111', c2: '+15550002222' };
  const [one, two] = [
    threadItem(A, 'thr_3', phones),
    threadItem(A, 'thr_4', { ...phones, status: 'closed' }),
  ];
  const [first, second] = [messageItem(A, 'thr_3', 'msg_3', RECENT), messageItem(A, 'thr_4', 'msg_4', OLD)];
  await followed.put('threads', one, two);
  await followed.put('messages', first, second);
  await followed.follow();
  await followed.remove('threads', one);
  await followed.remove('messages', first);
  await followed.follow();
  const { threads } = await followed.world.contents();
  expect(threads.find((row) => row['status'] === 'closed')).toMatchObject({
    message_count: '1',
    last_message_at: new Date(OLD),
  });
  await followed.expectEqual([A, B]);
});

test('a copy in another thread replaces a removed message', async () => {
  const copy = messageItem(A, 'thr_5', 'msg_1', '2026-10-16T00:00:00.000Z');
  await followed.put('threads', threadItem(A, 'thr_5'));
  await followed.put('messages', copy);
  await followed.follow();
  const [before] = await followed.world.query(`SELECT id FROM messages WHERE source_id = 'msg_1'`);
  await followed.remove('messages', RECENT_MESSAGE);
  expect(await followed.follow()).toMatchObject({ removed: 1 });
  expect(
    await followed.world.query(`SELECT id, source_thread_id FROM messages WHERE source_id = 'msg_1'`),
  ).toEqual([{ ...before, source_thread_id: 'thr_5' }]);
  await followed.expectEqual([A, B]);
});

test('what moves to another brand is not removed', async () => {
  await followed.move(B, { thread: THREAD, messages: [RECENT_MESSAGE, OLD_MESSAGE] });
  expect(await followed.follow()).toMatchObject({ removed: 0 });
  expect(await rows('carryover.removed_records')).toEqual([]);
  expect((await followed.world.contents()).threads).toMatchObject([{ brand: B, message_count: '2' }]);
  await followed.expectEqual([A, B]);
});
