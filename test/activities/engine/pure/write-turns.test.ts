import { setMaxListeners } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  BATCHES_AT_ONCE,
  excessOf,
  LEAST_SHARE,
  nextShare,
} from '../../../../activities/engine/governing/share.js';
import { WriteTurns } from '../../../../activities/engine/governing/write-turns.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const BUDGET = { commitMs: 50, lagSeconds: 10 };
/** So many commits of each kind, of which so many took 51 ms, the others one. */
function commits(beside: number, between: number) {
  const some = (slow: number, all: number) => Array.from({ length: all }, (_, n) => (n < slow ? 51 : 1));
  return { beside: some(beside, 40), between: some(between, 200) };
}
const QUIET = { commits: commits(0, 0), waitingMs: undefined, others: 3, lagSeconds: 0 };
const SLOW = { ...QUIET, commits: commits(40, 4) };
const going = new AbortController().signal;
setMaxListeners(0, going);

describe('the part of what could be written', () => {
  const timeOf = (share: number) => share * BATCHES_AT_ONCE;

  test('is so little that beside others a twentieth of all commits is slow, also where batches alone would not show', () => {
    // Between batches 5 of 220 are slow, at most 3.3 % with one standard error.
    const between = 1 / 44 + Math.sqrt((1 / 44) * (43 / 44) * (1 / 220));
    expect(timeOf(nextShare(1, SLOW, BUDGET))).toBeCloseTo((0.05 - between) / (1 - between), 6);
    // Of transactions with five statements 97 % meet what half of the statements do.
    const half = { ...QUIET, commits: commits(20, 4) };
    expect(timeOf(nextShare(1, half, BUDGET))).toBeCloseTo((0.05 - between) / (31 / 32 - between), 6);
    expect(nextShare(1, { ...QUIET, commits: commits(2, 0) }, BUDGET)).toBe(1);
  });

  test('is the least where others suffer without it too, or nobody knows how they fare without it', () => {
    expect(nextShare(1, { ...QUIET, commits: { ...commits(40, 0), between: [] } }, BUDGET)).toBe(LEAST_SHARE);
    expect(nextShare(1, { ...QUIET, commits: commits(40, 10) }, BUDGET)).toBe(LEAST_SHARE);
    expect(nextShare(1, { ...QUIET, commits: commits(20, 150) }, BUDGET)).toBe(LEAST_SHARE);
  });

  test('is halved while a commit does not come back, or a replica is behind', () => {
    expect(nextShare(1, { ...QUIET, waitingMs: 300 }, BUDGET)).toBe(0.5);
    expect(nextShare(0.5, { ...QUIET, lagSeconds: 11 }, BUDGET)).toBe(0.25);
    expect(nextShare(LEAST_SHARE, { ...QUIET, lagSeconds: 11 }, BUDGET)).toBe(LEAST_SHARE);
  });

  test('grows again once there is room, and rests where a replica is nearly behind', () => {
    expect(nextShare(0.4, QUIET, BUDGET)).toBeCloseTo(0.525);
    expect(nextShare(0.9, QUIET, BUDGET)).toBe(1);
    expect(nextShare(0.4, { ...QUIET, lagSeconds: 9 }, BUDGET)).toBe(0.4);
    let [share, seconds] = [LEAST_SHARE, 0];
    for (; share < 1; seconds += 1) share = nextShare(share, QUIET, BUDGET);
    expect(seconds).toBeLessThanOrEqual(16);
  });

  test('stays while nothing is measured', () => {
    expect(nextShare(0.3, { ...QUIET, commits: { beside: [51], between: [] } }, BUDGET)).toBe(0.3);
    expect(nextShare(0.3, { ...QUIET, others: undefined }, BUDGET)).toBe(0.3);
  });

  test('is never lowered where nobody else is at work', () => {
    expect(nextShare(1, { ...SLOW, others: 0, lagSeconds: 99 }, BUDGET)).toBe(1);
    expect(nextShare(0.2, { ...SLOW, others: 0 }, BUDGET)).toBeGreaterThan(0.2);
  });

  test('says which budget it is that is exceeded', () => {
    expect(excessOf(QUIET, BUDGET)).toBeUndefined();
    expect(excessOf({ ...SLOW, lagSeconds: 11 }, BUDGET)).toMatchObject({
      reason: 'commit-latency',
      measured: 51,
    });
    expect(excessOf({ ...QUIET, waitingMs: 300 }, BUDGET)).toMatchObject({ measured: 300 });
    expect(excessOf({ ...QUIET, lagSeconds: 11 }, BUDGET)).toMatchObject({ reason: 'replica-lag' });
  });
});

describe('turns to write', () => {
  let clock: VirtualClock;
  let turns: WriteTurns;

  beforeEach(() => {
    clock = new VirtualClock();
    turns = new WriteTurns(clock);
  });

  test.each([
    [1, 6],
    [0.5, 3],
    [0.2, 1],
  ])('with a share of %d are taken %d at a time', async (share, atOnce) => {
    turns.share = share;
    let [running, most, written] = [0, 0, 0];
    const write = async () => {
      most = Math.max(most, (running += 1));
      expect(turns.isWriting).toBe(true);
      await clock.sleep(5);
      running -= 1;
      written += 1;
    };
    const all = Promise.all(Array.from({ length: 20 }, () => turns.take(write, going)));
    await clock.advance(100);
    await all;
    expect({ most, written }).toEqual({ most: atOnce, written: 20 });
    expect(turns.isWriting).toBe(false);
  });

  test('come with a pause that fits it after each, where the share is less than one of them', async () => {
    turns.share = 0.1 / BATCHES_AT_ONCE;
    const begun: number[] = [];
    const write = async () => {
      begun.push(Math.round(clock.elapsed()));
      await clock.sleep(20);
    };
    const all = Promise.all([1, 2, 3].map(() => turns.take(write, going)));
    await clock.runUntil(() => begun.length === 3);
    // A batch of 20 ms, then nine times as long nothing.
    expect(begun).toEqual([0, 200, 400]);
    await clock.advance(20);
    await all;
    clock.assertIdle();
  });

  test('in a pause, whoever stops goes without having written, and the others begin as soon as the share is 1', async () => {
    turns.share = LEAST_SHARE;
    const first = turns.take(() => clock.sleep(50), going);
    await clock.advance(50);
    await first;
    const stop = new AbortController();
    const written: string[] = [];
    const write = (name: string) => async () => void written.push(name);
    const dropped = turns.take(write('of the stopped'), stop.signal);
    const others = [turns.take(write('a'), going), turns.take(write('b'), going)];
    stop.abort();
    await expect(dropped).rejects.toBe(stop.signal.reason);
    expect(written).toEqual([]);
    await expect(turns.take(write('of the stopped'), stop.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    turns.share = 1;
    await Promise.all(others);
    expect(written).toEqual(['a', 'b']);
  });

  test('go on after one that failed', async () => {
    await expect(turns.take(() => Promise.reject(new Error('no')), going)).rejects.toThrow('no');
    turns.share = 0.5;
    expect(await turns.take(() => Promise.resolve(7), going)).toBe(7);
  });
});
