import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { excessOf, LEAST_SHARE, nextShare } from '../../activities/import/share.js';
import { WriteTurns } from '../../activities/import/write-turns.js';

const BUDGET = { commitMs: 50, lagSeconds: 10 };
const QUIET = { commitMs: 1, others: 3, lagSeconds: 0 };
const SLOW = { ...QUIET, commitMs: 51 };
const going = new AbortController().signal;
setMaxListeners(0, going);

describe('the share of the time in which batches may be written', () => {
  test('is halved while others are at work and commits are slow, or a replica is behind', () => {
    expect(nextShare(1, SLOW, BUDGET)).toBe(0.5);
    expect(nextShare(0.5, { ...QUIET, lagSeconds: 11 }, BUDGET)).toBe(0.25);
    expect(nextShare(LEAST_SHARE, SLOW, BUDGET)).toBe(LEAST_SHARE);
    expect(excessOf({ ...SLOW, lagSeconds: 11 }, BUDGET)?.reason).toBe('commit-latency');
  });

  test('grows again once there is room, and rests just below the budget', () => {
    expect(nextShare(0.4, QUIET, BUDGET)).toBeCloseTo(0.505);
    expect(nextShare(0.9, QUIET, BUDGET)).toBe(1);
    expect(nextShare(0.4, { ...QUIET, commitMs: 45 }, BUDGET)).toBe(0.4);
    expect(nextShare(0.4, { ...QUIET, lagSeconds: 9 }, BUDGET)).toBe(0.4);
    let [share, seconds] = [LEAST_SHARE, 0];
    for (; share < 1; seconds += 1) share = nextShare(share, QUIET, BUDGET);
    expect(seconds).toBeLessThanOrEqual(16);
  });

  test('stays while nothing is measured', () => {
    expect(nextShare(0.3, { ...QUIET, commitMs: undefined }, BUDGET)).toBe(0.3);
    expect(nextShare(0.3, { ...QUIET, others: undefined }, BUDGET)).toBe(0.3);
  });

  test('is never lowered where nobody else is at work', () => {
    expect(nextShare(1, { ...SLOW, others: 0, lagSeconds: 99 }, BUDGET)).toBe(1);
    expect(nextShare(0.2, { ...SLOW, others: 0 }, BUDGET)).toBeGreaterThan(0.2);
  });
});

describe('turns to write', () => {
  test('are taken six at a time while nothing is held back', async () => {
    const turns = new WriteTurns();
    let [running, most, written] = [0, 0, 0];
    const write = async () => {
      most = Math.max(most, (running += 1));
      await sleep(5);
      running -= 1;
      written += 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => turns.take(write, going)));
    expect({ most, written }).toEqual({ most: 6, written: 20 });
  });

  test('come one by one below a share of 1, with a pause that fits it after each', async () => {
    const turns = new WriteTurns();
    turns.share = 0.1;
    const begun: number[] = [];
    const write = async () => {
      begun.push(performance.now());
      await sleep(20);
    };
    await Promise.all([turns.take(write, going), turns.take(write, going), turns.take(write, going)]);
    const gaps = begun.slice(1).map((at, n) => at - (begun[n] ?? 0));
    // A batch of 20 ms, then nine times as long nothing.
    for (const gap of gaps) expect(gap).toBeGreaterThan(180);
  });

  test('in a pause, whoever stops goes without having written, and the others begin as soon as the share is 1', async () => {
    const turns = new WriteTurns();
    turns.share = LEAST_SHARE;
    await turns.take(() => sleep(50), going);
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
    const turns = new WriteTurns();
    await expect(turns.take(() => Promise.reject(new Error('no')), going)).rejects.toThrow('no');
    turns.share = 0.5;
    expect(await turns.take(() => Promise.resolve(7), going)).toBe(7);
  });
});
