import { expect, it } from 'vitest';
import { SharedReads } from '../../../api/engine/live/shared-reads.js';

/** Readings that end when they are told to. */
function readings() {
  const ends: { answer(): void; fail(): void }[] = [];
  const read = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const number = ends.length + 1;
      ends.push({ answer: () => resolve(number), fail: () => reject(new Error(`reading ${number}`)) });
    });
  return { ends, read };
}

it('a request during a read shares the next read, even if the first one fails', async () => {
  const shared = new SharedReads<number>();
  const { ends, read } = readings();
  const first = shared.get('a', read);
  const others = [shared.get('a', read), shared.get('a', read)];
  expect(ends.length).toBe(1);
  const elsewhere = shared.get('b', read);
  expect(ends.length).toBe(2);
  ends[0]!.fail();
  await expect(first).rejects.toThrow('reading 1');
  await expect.poll(() => ends.length).toBe(3);
  const late = shared.get('a', read);
  ends[2]!.answer();
  expect(await Promise.all(others)).toEqual([3, 3]);
  await expect.poll(() => ends.length).toBe(4);
  ends[3]!.answer();
  expect(await late).toBe(4);
  ends[1]!.answer();
  expect(await elsewhere).toBe(2);
});

it('a request without a running read gets its own read', async () => {
  const shared = new SharedReads<number>();
  const { ends, read } = readings();
  for (const number of [1, 2]) {
    const answer = shared.get('a', read);
    ends[number - 1]!.answer();
    expect(await answer).toBe(number);
  }
});
