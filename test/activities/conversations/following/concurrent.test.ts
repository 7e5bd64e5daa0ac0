import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRetryQuarantined } from '../../../../activities/conversations/operations/retry-quarantined.js';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import { systemClock } from '../../../../gateways/clock.js';
import { accountLockBySourceId } from '../../../../gateways/store/conversations/following/account-lock.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { Verifier } from '../verification/verification-world.js';
import { shutOutImports } from '../../../../gateways/store/conversations/reset/reset.js';
import { FollowedWorld, hintOf } from './following-world.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const RECENT = '2026-10-15T12:00:00.000Z';
const NOTHING = { added: 0, changed: 0, removed: 0 };
const message = (id: string, change = {}) => messageItem(A, 'thr_1', id, RECENT, change);

function mustBeUnequal(error: unknown): void {
  if (!(error instanceof CarryoverError) || error.type !== 'CheckUnequal') throw error;
}

let followed: FollowedWorld;

beforeEach(async () => {
  followed = await FollowedWorld.open([A, B]);
  await followed.put('threads', threadItem(A, 'thr_1'));
  await followed.put('messages', message('msg_1'), message('msg_2', { direction: 'sideways' }));
});

afterEach(() => followed.close());

const count = async (table: string) => (await followed.world.query(`SELECT FROM ${table}`)).length;

describe('concurrently', () => {
  beforeEach(async () => {
    await followed.world.migrate([A, B]);
    followed.take();
  });

  test('two calls with the same hints count each change once', async () => {
    await followed.put('messages', message('msg_3'), message('msg_1', { body: 'other' }));
    await followed.remove('messages', message('msg_2'));
    const hints = followed.take();
    const both = await Promise.all([followed.follow(hints), followed.follow(hints.toReversed())]);
    expect(both.toSorted((a, b) => a.added - b.added)).toEqual([
      NOTHING,
      { added: 1, changed: 1, removed: 1 },
    ]);
    await followed.expectEqual([A, B]);
  });

  test('two calls for a thread and its messages under two brands agree', async () => {
    await followed.move(B, {
      thread: threadItem(A, 'thr_1'),
      messages: [message('msg_1'), message('msg_2')],
    });
    const hints = followed.take();
    const of = (brandId: string) => hints.filter((hint) => hint.brandId === brandId);
    await Promise.all([followed.follow(of(A)), followed.follow(of(B))]);
    await followed.expectEqual([A, B]);
  });

  test('following, a repair and a retry of quarantined records leave what the source has', async () => {
    const verifier = new Verifier(followed.world);
    const retry = createRetryQuarantined({
      store: followed.world.store,
      clock: systemClock,
      code: { version: '1', commit: null },
      tables: followed.world.tables,
    });
    await followed.put('messages', message('msg_2'), message('msg_3'));
    const hints = followed.take();
    await Promise.all([
      verifier.verify([A, B], true),
      // The repair corrects tallies only in the end.
      followed.world.environment().run(retry, { accountId: 'acc_1' }).catch(mustBeUnequal),
      followed
        .remove('messages', message('msg_3'))
        .then(() => followed.follow([...hints, ...followed.take()])),
    ]);
    await followed.expectEqual([A, B], { isRepaired: true });
  });
});

test('a verification does not report changes that are followed while it compares', async () => {
  await followed.world.migrate([A, B]);
  followed.take();
  const [THREAD, ONE] = [threadItem(A, 'thr_1'), message('msg_1')];
  const changes = [
    () => followed.put('messages', message('msg_3')),
    () => followed.put('threads', { ...THREAD, status: 'closed' }),
    () => followed.put('messages', { ...ONE, body: 'other' }, message('msg_2')),
    () => followed.remove('messages', message('msg_3')),
  ];
  const pool = followed.world.changing((statement, send) => {
    if (typeof statement !== 'string' || !statement.includes(": commit-turn'")) return send();
    const change = changes.shift();
    return change === undefined
      ? send()
      : change()
          .then(() => followed.follow())
          .then(send);
  });
  const verifier = new Verifier(followed.world, pool);
  expect(await verifier.verify([A, B])).toBe('equal');
  expect(changes).toHaveLength(0);
  await followed.world.query(`DELETE FROM messages WHERE source_id = 'msg_2'`);
  expect(await verifier.verify([A, B])).toBe('unequal');
});

test('a verification of recent messages expects none of the older ones that were followed', async () => {
  for (const brandId of [A, B]) {
    await followed.world.importPhase(brandId, 'recent');
    await followed.world.complete(brandId, 'recent');
  }
  followed.take();
  const older = '2025-03-01T12:00:00.000Z';
  await followed.put('messages', messageItem(A, 'thr_1', 'msg_old', older));
  await followed.put('messages', messageItem(A, 'thr_9', 'msg_older', older));
  expect(await followed.follow()).toEqual({ added: 2, changed: 0, removed: 0 });
  expect(await new Verifier(followed.world).verify([A, B])).toBe('equal');
  await followed.world.migrate([A, B]);
  await followed.expectEqual([A, B]);
});

describe('hints wait', () => {
  test('while others keep the account’s lock', async () => {
    await followed.world.migrate([A, B]);
    followed.take();
    await followed.put('messages', message('msg_3'));
    const other = await followed.world.pool.connect();
    await other.query(`BEGIN; ${accountLockBySourceId('shared', 'acc_1')}`);
    expect(await followed.apply(A, followed.take(), undefined, { lockMs: 1 })).toEqual(NOTHING);
    expect(await count('carryover.waiting_hints')).toBe(1);
    await other.query('COMMIT');
    other.release();
    expect(await followed.applyWaiting()).toEqual({ added: 1, changed: 0, removed: 0 });
    await followed.expectEqual([A, B]);
  });

  test('until the import of their brand is planned', async () => {
    expect(await followed.follow()).toEqual(NOTHING);
    expect(await followed.applyWaiting()).toEqual(NOTHING);
    expect(await count('carryover.waiting_hints')).toBe(3);
    expect(await count('messages')).toBe(0);
    await followed.world.migrate([A, B]);
    expect(await followed.applyWaiting()).toEqual(NOTHING);
    await followed.expectEqual([A, B]);
  });

  test.each(['paused', 'cancelled', 'resetting'])('while the migration is %s', async (how) => {
    await followed.world.migrate([A, B]);
    followed.take();
    await followed.world.query(`UPDATE carryover.migrations SET ${how} = '{}'`);
    await followed.put('messages', message('msg_3'));
    await followed.remove('messages', message('msg_1'));
    expect(await followed.follow()).toEqual(NOTHING);
    expect(await followed.applyWaiting()).toEqual(NOTHING);
    expect(await count('messages')).toBe(1);
    await followed.world.query(`UPDATE carryover.migrations SET ${how} = NULL`);
    expect(await followed.applyWaiting()).toEqual({ added: 1, changed: 0, removed: 1 });
    await followed.expectEqual([A, B]);
  });
});

test('a reset forgets what was followed, and nothing is followed until the account is imported again', async () => {
  await followed.world.migrate([A, B]);
  followed.take();
  await followed.put('messages', message('msg_3'));
  await followed.remove('messages', message('msg_2'));
  await followed.follow();
  await shutOutImports(followed.world.store, 'acc_1');
  const tables = ['followings', 'followed_keys', 'waiting_hints', 'removed_records', 'tallies'];
  for (const table of tables) expect(await count(`carryover.${table}`)).toBe(0);
  const hints = [hintOf('messages', message('msg_1'))];
  expect(await followed.follow(hints)).toEqual(NOTHING);
  expect(await count('messages')).toBe(2);
  for (const table of tables) expect(await count(`carryover.${table}`)).toBe(0);
});

test('nothing is written for an account that is not migrated', async () => {
  await followed.world.migrate([A, B]);
  const other = messageItem('br_9_1', 'thr_9', 'msg_9', RECENT);
  followed.take();
  await followed.put('threads', threadItem('br_9_1', 'thr_9'));
  await followed.put('messages', other);
  expect(await followed.follow()).toEqual(NOTHING);
  for (const table of ['waiting_hints', 'followings', 'followed_keys'])
    expect(await count(`carryover.${table}`)).toBe(0);
  expect(await count('messages')).toBe(1);
});
