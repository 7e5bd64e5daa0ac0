import { setMaxListeners } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { LEAST_SHARE } from '../../../../activities/engine/governing/share.js';
import { WriteTurns } from '../../../../activities/engine/governing/write-turns.js';
import type { Pace } from '../../../../domain/engine/targets/pace.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const going = new AbortController().signal;
setMaxListeners(0, going);

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
      expect(turns.writing).not.toBe('none');
      await clock.sleep(5);
      running -= 1;
      written += 1;
    };
    const all = Promise.all(Array.from({ length: 20 }, () => turns.take(write, going)));
    await clock.advance(500);
    await all;
    expect({ most, written }).toEqual({ most: atOnce, written: 20 });
    expect(turns.writing).toBe('none');
  });

  test('come with a proportionate pause after each batch that is sent without a pace', async () => {
    turns.share = 0.1;
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

  test('come without a pause after a batch that was sent at its pace', async () => {
    turns.share = 0.1;
    await clock.advance(200);
    const begun: number[] = [];
    const write = async (pace: Pace) => {
      begun.push(Math.round(clock.elapsed()));
      await pace.next(1_000_000 / 10);
      await clock.sleep(20);
    };
    const all = Promise.all([1, 2, 3].map(() => turns.take(write, going)));
    await clock.runUntil(() => begun.length === 3);
    // At once, with what may be caught up, and then at a megabyte a second.
    expect(begun).toEqual([200, 220, 300]);
    await clock.advance(1_000);
    await all;
    clock.assertIdle();
  });

  test('during a pause, a lane that stops leaves without writing, and the others begin as soon as the share is 1', async () => {
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

  test('continue after one that failed', async () => {
    await expect(turns.take(() => Promise.reject(new Error('no')), going)).rejects.toThrow('no');
    turns.share = 0.5;
    expect(await turns.take(() => Promise.resolve(7), going)).toBe(7);
  });
});
