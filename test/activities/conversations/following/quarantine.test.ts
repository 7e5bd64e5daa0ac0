import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../../domain/conversations/records/quarantine-reasons.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { FollowedWorld } from './following-world.js';

const A = 'br_1_1';
const RECENT = '2026-10-15T12:00:00.000Z';
const THREAD = threadItem(A, 'thr_1');
const GOOD = messageItem(A, 'thr_1', 'msg_1', RECENT);
const BAD = messageItem(A, 'thr_1', 'msg_2', RECENT, { direction: 'sideways' });
const THREADLESS = messageItem(A, 'thr_2', 'msg_3', RECENT);
const BAD_THREAD = threadItem(A, 'thr_2', { kind: 'pigeon' });

let followed: FollowedWorld;

beforeEach(async () => {
  followed = await FollowedWorld.open([A]);
  await followed.put('threads', THREAD);
  await followed.put('messages', GOOD, BAD, THREADLESS);
  await followed.world.migrate([A]);
  followed.take();
});

afterEach(() => followed.close());

const quarantined = async (): Promise<unknown[]> =>
  (await followed.world.contents()).quarantined.map((row) => [row['source_key'], row['reason']]);
const removed = () =>
  followed.world.query('SELECT source_table, source_key FROM carryover.removed_records ORDER BY 1, 2');

describe('a quarantined message', () => {
  test('goes when the source removes it', async () => {
    await followed.remove('messages', BAD);
    expect(await followed.follow()).toEqual({ added: 0, changed: 0, removed: 1 });
    expect(await removed()).toEqual([{ source_table: 'messages', source_key: `thr_1/${RECENT}#msg_2` }]);
    await followed.expectEqual([A]);
  });

  test('is taken once it is valid, and goes back when it is not', async () => {
    await followed.put('messages', { ...BAD, direction: 'out' });
    expect(await followed.follow()).toEqual({ added: 0, changed: 1, removed: 0 });
    expect(await quarantined()).toEqual([[`thr_2/${RECENT}#msg_3`, NO_THREAD_RECORD]]);
    await followed.put('messages', BAD);
    expect(await followed.follow()).toEqual({ added: 0, changed: 1, removed: 0 });
    await followed.expectEqual([A]);
  });

  test('is taken when its thread comes, and goes back when that goes', async () => {
    const thread = threadItem(A, 'thr_2');
    await followed.put('threads', thread);
    expect(await followed.follow()).toMatchObject({ added: 1, removed: 0 });
    expect((await followed.world.contents()).messages.map((row) => row['source_id'])).toEqual([
      'msg_1',
      'msg_3',
    ]);
    await followed.remove('threads', thread);
    expect(await followed.follow()).toMatchObject({ removed: 1 });
    await followed.expectEqual([A]);
  });

  test('says why it has no thread, whatever happens to the thread', async () => {
    const reason = async () => (await followed.world.reasons())[`thr_2/${RECENT}#msg_3`];
    await followed.put('threads', BAD_THREAD);
    await followed.follow();
    expect(await reason()).toBe(THREAD_NOT_TAKEN);
    await followed.remove('threads', BAD_THREAD);
    await followed.follow();
    expect(await reason()).toBe(NO_THREAD_RECORD);
    await followed.expectEqual([A]);
  });
});

test('data that PostgreSQL refuses puts only its own records into quarantine, until it changes', async () => {
  const { world } = followed;
  await world.query(`ALTER TABLE messages ADD CHECK (body <> 'poison')`);
  await world.query(`ALTER TABLE contacts ADD CHECK (identity <> 'poison')`);
  const message = (n: number, threadId: string, body = 'text') =>
    messageItem(A, threadId, `new_${n}`, RECENT, { body });
  await followed.put('threads', threadItem(A, 'thr_3'), threadItem(A, 'thr_4', { c2: 'poison' }));
  await followed.put('messages', message(1, 'thr_3'), message(2, 'thr_3', 'poison'), message(3, 'thr_4'), {
    ...GOOD,
    body: 'poison',
  });
  await followed.follow();
  const refused = 'PostgreSQL refuses its data (23514)';
  expect(await world.reasons()).toMatchObject({
    [`thr_1/${RECENT}#msg_1`]: refused,
    [`thr_3/${RECENT}#new_2`]: refused,
    [`thr_4/${RECENT}#new_3`]: THREAD_NOT_TAKEN,
    [`${A}/thr_4`]: refused,
  });
  expect((await world.contents()).messages.map((row) => row['source_id'])).toEqual(['new_1']);
  expect(await followed.differences(A)).toEqual([]);
  await followed.put('threads', threadItem(A, 'thr_4'));
  await followed.put('messages', message(2, 'thr_3'), GOOD);
  await followed.follow();
  await followed.expectEqual([A]);
});

test('keys with characters that PostgreSQL cannot hold are followed as others', async () => {
  const thread = threadItem(A, 'thr_\u0000');
  const message = messageItem(A, 'thr_\u0000', 'msg_\u0000', RECENT);
  await followed.put('threads', thread);
  await followed.put('messages', message);
  expect(await followed.follow()).toEqual({ added: 2, changed: 0, removed: 0 });
  await followed.expectEqual([A]);
  await followed.put('messages', { ...message, direction: 'sideways' });
  expect(await followed.follow()).toEqual({ added: 0, changed: 1, removed: 0 });
  await followed.expectEqual([A]);
  await followed.remove('threads', thread);
  await followed.remove('messages', message);
  expect(await followed.follow()).toEqual({ added: 0, changed: 0, removed: 2 });
  await followed.expectEqual([A]);
});
