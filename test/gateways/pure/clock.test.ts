import { expect, test } from 'vitest';
import { systemClock } from '../../../gateways/clock.js';

test('sleeps, measures elapsed time, and calls back once or repeatedly until it is stopped', async () => {
  const before = systemClock.elapsed();
  await systemClock.sleep(1);
  await new Promise<void>((resolve) => void systemClock.after(1, resolve));
  let times = 0;
  await new Promise<void>((resolve) => {
    const stop = systemClock.every(1, () => {
      times += 1;
      if (times < 3) return;
      stop();
      resolve();
    });
  });
  expect(times).toBe(3);
  expect(systemClock.elapsed()).toBeGreaterThan(before);
  expect(new Date(systemClock.now()).getFullYear()).toBeGreaterThan(2024);
});

test('a stopped timer does nothing; an aborted sleep rejects with an AbortError', async () => {
  const called: string[] = [];
  systemClock.after(1, () => called.push('after'))();
  systemClock.every(1, () => called.push('every'), { ref: false })();
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, { signal: stop.signal });
  stop.abort();
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  // Due later than both would have been.
  await systemClock.sleep(2);
  expect(called).toEqual([]);
});
