import { expect, test } from 'vitest';
import { timestamp } from '../../../domain/engine/clock.js';
import { VirtualClock } from '../virtual-clock.js';

test('stands still until it is advanced', async () => {
  const clock = new VirtualClock('2026-03-01T00:00:00.000Z');
  expect(timestamp(clock)).toBe('2026-03-01T00:00:00.000Z');
  await clock.advance(90_000);
  expect(timestamp(clock)).toBe('2026-03-01T00:01:30.000Z');
  expect(clock.elapsed()).toBe(90_000);
});

test('fires timers in order, each after the effects of the previous one', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms);
    log.push(`${name} at ${clock.elapsed()}`);
    await clock.sleep(ms);
    log.push(`${name} again at ${clock.elapsed()}`);
  };
  const both = Promise.all([sleeper('slow', 30), sleeper('fast', 20)]);
  clock.after(20, () => log.push('a task set later for the same moment'));
  await clock.advance(1_000);
  await both;
  expect(log).toEqual([
    'fast at 20',
    'a task set later for the same moment',
    'slow at 30',
    'fast again at 40',
    'slow again at 60',
  ]);
});

test('repeats a task until it is stopped', async () => {
  const clock = new VirtualClock();
  const at: number[] = [];
  const stop = clock.every(100, () => at.push(clock.elapsed()));
  await clock.advance(350);
  stop();
  stop();
  await clock.advance(1_000);
  expect(at).toEqual([100, 200, 300]);
  clock.assertIdle();
});

test('an aborted sleep rejects at once and leaves no timer', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(1_000, { signal: stop.signal });
  stop.abort();
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  await expect(clock.sleep(1_000, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  clock.assertIdle();
});

test('runs until a condition holds, and returns the elapsed time', async () => {
  const clock = new VirtualClock();
  let ticks = 0;
  const stop = clock.every(250, () => (ticks += 1));
  expect(await clock.runUntil(() => ticks === 3)).toBe(750);
  stop();
  await expect(clock.runUntil(() => ticks === 4)).rejects.toThrow('No timer is pending');
});

test('reports pending timers', () => {
  const clock = new VirtualClock();
  clock.after(500, () => undefined);
  clock.every(200, () => undefined);
  expect(clock.pending).toEqual([200, 500]);
  expect(() => clock.assertIdle()).toThrow('due in 200, 500 ms');
});
