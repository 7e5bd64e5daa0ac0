import { expect, test } from 'vitest';
import { Pages, surveyRange } from '../../../../../activities/conversations/preflight/survey.js';
import { TIME_LINE } from '../../../../../activities/conversations/import/time-line.js';
import type { Source } from '../../../../../activities/engine/source.js';
import { CarryoverError } from '../../../../../domain/engine/failures/failures.js';

const NOW = Date.UTC(2026, 0, 1);
const { signal } = new AbortController();

/** Keys an hour apart, in pages of ten; `read` may fail. */
function hourly(records: number, read: () => void = () => undefined): Source<string> {
  const keys = Array.from({ length: records }, (_, n) => new Date(NOW - n * 3_600_000).toISOString());
  const within = ({ lower, upper }: { lower: string | null; upper: string | null }) =>
    keys.filter((key) => (lower === null || key >= lower) && (upper === null || key < upper));
  return {
    async read(range) {
      read();
      const all = within(range);
      return { items: all.slice(0, 10), next: all.length > 10 ? all[9] : undefined };
    },
    cut: {
      keyOf: (key) => key,
      oldest: async (range) => within(range).at(-1),
      newest: async (range, limit) => within(range).slice(0, limit),
      lineFor: () => TIME_LINE,
    },
  };
}

const WHOLE = { lower: null, upper: null };

function look(source: Source<string>, pages = new Pages(100, () => false)) {
  const taken: string[] = [];
  const survey = surveyRange(source, WHOLE, { pages, signal, take: (items) => taken.push(...items) });
  return survey.then((found) => ({ found, taken, pages }));
}

test.each([0, 1, 10])('%s records are counted', async (records) => {
  const { found, taken } = await look(hourly(records));
  expect(found).toEqual({ records: { low: records, high: records, exact: true }, complete: true });
  expect(taken).toHaveLength(records);
});

test('a page that ends with the range but names a next one is everything', async () => {
  const source = hourly(10);
  const { found } = await look({
    ...source,
    read: async (...of) => ({ ...(await source.read(...of)), next: 'there' }),
  });
  expect(found).toEqual({ records: { low: 10, high: 10, exact: true }, complete: true });
});

test('of a larger range three pages are read, none twice, and the bounds contain the truth', async () => {
  const { found, taken, pages } = await look(hourly(5_000));
  expect(new Set(taken).size).toBe(30);
  expect(pages.read).toBe(5);
  expect(found?.complete).toBe(false);
  expect(found?.records.low).toBeLessThanOrEqual(5_000);
  expect(found?.records.high).toBeGreaterThanOrEqual(5_000);
});

test('a throttling source is not read any further: what was read counts', async () => {
  let reads = 0;
  const source = hourly(5_000, () => {
    reads += 1;
    if (reads > 1) throw new CarryoverError('SourceThrottled', 'DynamoDB throttled it.');
  });
  const { found, taken, pages } = await look(source);
  expect(taken).toHaveLength(10);
  expect(found?.records.exact).toBe(false);
  expect(pages.stopped).toBe('DynamoDB throttled it. A preflight then reads no more.');
  expect(await pages.next(() => Promise.reject(new Error('asked')))).toBeUndefined();
  expect((await look(source, pages)).found).toBeUndefined();
});

test('a page that is aborted because the time is over is not a failure: earlier pages count', async () => {
  let isLate = false;
  let reads = 0;
  const source = hourly(5_000, () => {
    reads += 1;
    if (reads === 1) return;
    isLate = true;
    throw new DOMException('aborted', 'AbortError');
  });
  const { found, taken, pages } = await look(source, new Pages(100, () => isLate));
  expect(taken).toHaveLength(10);
  expect(found?.records.high).toBeGreaterThan(1_000);
  expect(pages.stopped).toBe('The time that a preflight has was over.');
});

test('nothing is read once the time is over; other failures are the caller’s', async () => {
  const { found, pages } = await look(hourly(10), new Pages(100, () => true));
  expect(found).toBeUndefined();
  expect(pages.stopped).toBe('The time that a preflight has was over.');
  const broken = hourly(10, () => {
    throw new CarryoverError('SourceRefused', 'no');
  });
  await expect(look(broken)).rejects.toMatchObject({ type: 'SourceRefused' });
});
