import { afterEach, beforeEach, expect, test } from 'vitest';
import { ImportWorld } from './import-world.js';
import { type LooseItem, messageItem, threadItem } from './source-items.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const [OLD_NUMBER, NEW_NUMBER] = ['+15550002222', '+15550003333'] as const;
const RECENT = '2026-11-01T00:00:00.000Z';

let world: ImportWorld;
beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', A, B);
  await world.put('threads', [thread()]);
  await world.put('messages', [messageItem(A, 'thr_1', 'msg_1', RECENT)]);
  await world.importPhase(A, 'recent');
  await world.complete(A, 'recent');
});
afterEach(() => world.close());

const thread = (change: LooseItem = {}) =>
  threadItem(A, 'thr_1', { kind: 'sms', c1: '+15550001111', c2: OLD_NUMBER, ...change });
const contacts = async () =>
  (await world.query<{ identity: string }>('SELECT identity FROM contacts ORDER BY identity')).map(
    ({ identity }) => identity,
  );

test('a thread that has another number in the next phase leaves no contact behind', async () => {
  await world.put('threads', [thread({ c2: NEW_NUMBER })]);
  await world.importPhase(A, 'remaining');
  await world.complete(A, 'remaining');
  expect(await contacts()).toEqual([NEW_NUMBER]);
});

test('a contact that another thread has stays', async () => {
  await world.put('threads', [
    thread({ c2: NEW_NUMBER }),
    threadItem(B, 'thr_2', { kind: 'sms', c1: '+15550001112', c2: OLD_NUMBER }),
  ]);
  await world.importPhase(B, 'recent');
  await world.importPhase(A, 'remaining');
  expect(await contacts()).toEqual([OLD_NUMBER, NEW_NUMBER]);
});

test('a contact to which another import is about to give a thread stays', async () => {
  await world.put('threads', [
    thread({ c2: NEW_NUMBER }),
    threadItem(B, 'thr_2', { kind: 'sms', c1: '+15550001112', c2: OLD_NUMBER }),
  ]);
  let leaving: Promise<unknown> | undefined;
  const giving = world.changing(async (statement, send) => {
    if (leaving !== undefined || !textOf(statement).startsWith('INSERT INTO message_threads')) return send();
    leaving = world.attempt(A, 'remaining');
    await untilOneWaits();
    return send();
  });
  await world.attempt(B, 'recent', {}, undefined, { pool: giving });
  expect(await leaving).toMatchObject({ finished: true });
  expect(await contacts()).toEqual([OLD_NUMBER, NEW_NUMBER]);
  expect(await world.query('SELECT FROM message_threads')).toHaveLength(2);
});

const textOf = (statement: unknown): string =>
  (typeof statement === 'string' ? statement : String((statement as { text?: unknown }).text)).trim();

/** Until a statement waits for another transaction. */
async function untilOneWaits(): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(() => world.query(waiting)).not.toEqual([]);
}
