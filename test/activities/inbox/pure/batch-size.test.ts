import { expect, test } from 'vitest';
import { BatchSize } from '../../../../activities/inbox/batch-size.js';
import { BatchTooLong } from '../../../../gateways/chatwoot/move/bounded.js';

/** Runs batches that take so many milliseconds for each message. */
async function after(count: number, msEach: number, { hasLocked = true, share = 1 } = {}): Promise<number> {
  const size = new BatchSize(500);
  for (let n = 0; n < count; n += 1)
    await size.measured(async (limits) => {
      const messages = Math.round(limits.messages * share);
      return { messages, lockMs: hasLocked ? Math.ceil(messages * msEach) : undefined };
    });
  return size.limits.messages;
}

test('a batch of a quick database grows slowly to the maximum', async () => {
  expect(await after(1, 0.001)).toBe(575);
  expect(await after(30, 0.001)).toBe(5_000);
});

test('a batch of a slow database shrinks at once to fit its time, and never below a minimum', async () => {
  expect(await after(1, 0.22)).toBe(455);
  expect(await after(5, 0.22)).toBe(455);
  expect(await after(5, 10)).toBe(100);
});

test('a batch that only reads says nothing about how long locks are held', async () => {
  expect(await after(3, 10, { hasLocked: false })).toBe(500);
});

test('a batch well below its limit tells only whether it took too long', async () => {
  expect(await after(9, 0.001, { share: 0.7 })).toBe(500);
  expect(await after(1, 0.5, { share: 0.5 })).toBe(400);
});

test('a batch that was rolled back because it held its locks for too long is repeated with fewer messages', async () => {
  const size = new BatchSize(500);
  const tried: number[] = [];
  const result = await size.measured(async ({ messages, lockMs }) => {
    tried.push(messages);
    if (messages > 60) throw new BatchTooLong(`${lockMs} ms`);
    return { messages, lockMs: 50 };
  });
  expect(result).toEqual({ messages: 31, lockMs: 50 });
  expect(tried).toEqual([500, 250, 125, 63, 31]);
  expect(size.limits.messages).toBe(100);
});
