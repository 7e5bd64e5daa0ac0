import { expect, test } from 'vitest';
import { abortReason, systemClock } from '../../../client/src/clock.js';

test('the platform’s clock sleeps, and wakes with the signal’s reason when it is aborted', async () => {
  const ending = new AbortController();
  await systemClock.sleep(1, { signal: ending.signal });
  const reason = new Error('signed out');
  const asleep = systemClock.sleep(60_000, { signal: ending.signal });
  ending.abort(reason);
  await expect(asleep).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, { signal: ending.signal })).rejects.toBe(reason);
});

test('a platform whose signals have no reason gets an AbortError', () => {
  const signal = { aborted: true } as AbortSignal;
  expect(abortReason(signal)).toMatchObject({ name: 'AbortError', message: 'The operation was aborted.' });
});
