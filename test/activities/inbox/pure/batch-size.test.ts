import { expect, test } from 'vitest';
import { BatchSize } from '../../../../activities/inbox/batch-size.js';

/** Runs batches that take so many milliseconds for each message. */
async function after(count: number, msEach: number, hasLocked = true): Promise<number> {
  const size = new BatchSize(500);
  for (let n = 0; n < count; n += 1) {
    const lockMs = hasLocked ? Math.ceil(size.limits.messages * msEach) : undefined;
    await size.measured(async () => ({ lockMs }));
  }
  return size.limits.messages;
}

test('a batch of a quick database grows to the most that a conversation may have, little by little', async () => {
  expect(await after(1, 0.001)).toBe(1_650);
  expect(await after(30, 0.001)).toBe(5_000);
});

test('a batch of a slow database shrinks at once to what fits its time, and never to nothing', async () => {
  expect(await after(1, 0.2)).toBe(750);
  expect(await after(5, 0.2)).toBe(750);
  expect(await after(5, 10)).toBe(250);
});

test('a batch that only reads says nothing about how long locks are held', async () => {
  expect(await after(3, 10, false)).toBe(1_500);
});
