import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountLockBySourceId } from '../../../../gateways/store/conversations/following/account-lock.js';
import { makeCuttable } from '../../../engine/cuts.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { FollowedWorld } from './following-world.js';
import { inManyLives } from './many-lives.js';

const A = 'br_1_1';
const RECENT = '2026-10-15T12:00:00.000Z';
const THREAD = threadItem(A, 'thr_1');
/** More than one transaction can handle. */
const MANY = 210;

let followed: FollowedWorld;
let undo: () => void;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());
beforeEach(async () => {
  followed = await FollowedWorld.open([A]);
});
afterEach(() => followed.close());

test.each(['before', 'after'] as const)(
  'wherever a follower dies, %s a write, the next one brings what the source has',
  async (kind) => {
    const messages = Array.from({ length: MANY }, (_, n) => messageItem(A, 'thr_1', `msg_${n}`, RECENT));
    await followed.put('threads', THREAD);
    await followed.put('messages', ...messages);
    await followed.world.migrate([A]);
    followed.take();
    await followed.remove('threads', THREAD);
    await followed.remove('messages', ...messages.slice(0, 3));
    await followed.put('messages', messageItem(A, 'thr_2', 'msg_new', RECENT));
    const hints = followed.take();
    const points = await inManyLives(followed.world, kind, async (pool) => {
      await followed.follow(hints, pool);
      await followed.applyWaiting(pool);
    });
    expect(new Set(points)).toEqual(new Set([`${kind} follow`]));
    expect(points.length).toBeGreaterThan(1);
    await followed.expectEqual([A]);
  },
);

test.each(['before', 'after'] as const)(
  'hints that must wait are not lost, %s they are written',
  async (kind) => {
    await followed.put('threads', THREAD);
    await followed.world.migrate([A]);
    followed.take();
    await followed.put('messages', messageItem(A, 'thr_1', 'msg_1', RECENT));
    const hints = followed.take();
    const other = await followed.world.pool.connect();
    await other.query(`BEGIN; ${accountLockBySourceId('shared', 'acc_1')}`);
    const points = await inManyLives(followed.world, kind, (pool) =>
      followed.apply(A, hints, pool, { lockMs: 1 }),
    );
    await other.query('COMMIT');
    other.release();
    expect(points).toContain(`${kind} INSERT INTO carryover.waiting_hints`);
    expect(await followed.applyWaiting()).toEqual({ added: 1, changed: 0, removed: 0 });
    await followed.expectEqual([A]);
  },
);
