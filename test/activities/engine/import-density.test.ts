import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boundsOn, sampleDensities, unsampledBounds } from '../../../activities/engine/slices/density.js';
import { TIME_LINE } from '../../../activities/conversations/import/time-line.js';
import { ImportWorld } from '../conversations/import/import-world.js';
import { messageItem, threadItem } from '../conversations/import/source-items.js';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 20);
const { signal } = new AbortController();

/** Keys of messages at these times, as a query gives them. */
function source(times: readonly number[]) {
  const newestFirst = times.toSorted((a, b) => b - a);
  return (range: { readonly upper: string | null }, limit: number): Promise<string[]> => {
    const below = TIME_LINE.place(range.upper ?? '') ?? Infinity;
    const found = newestFirst.filter((time) => time < below).slice(0, limit);
    return Promise.resolve(found.map((time) => new Date(time).toISOString()));
  };
}

async function boundsOf(times: readonly number[]) {
  const stretch = { from: NOW, to: Math.min(...times) };
  const samples = await sampleDensities(source(times), TIME_LINE, stretch, signal);
  return { samples, ...boundsOn(samples, stretch.from, stretch.to) };
}

describe('the bounds of the rest', () => {
  test.each([
    ['evenly spread', (n: number) => NOW - (n + 1) * HOUR],
    ['ever sparser', (n: number) => NOW - (n + 1) ** 1.5 * HOUR],
    ['ever denser', (n: number) => NOW - Math.sqrt(n + 1) * 200 * HOUR],
    ['in bursts', (n: number) => NOW - (Math.floor(n / 4) * 40 + (n % 4) + 1) * HOUR],
  ])('hold the truth where records are %s', async (_how, at) => {
    const times = Array.from({ length: 20_000 }, (_, n) => at(n));
    const { low, high } = await boundsOf(times);
    expect(low).toBeLessThanOrEqual(20_000);
    expect(high).toBeGreaterThanOrEqual(20_000);
    // And they are meaningful.
    expect(high).toBeLessThan(20_000 * 3);
    expect(low).toBeGreaterThan(20_000 / 3);
  });

  test('of parts add up to those of the whole', async () => {
    const { samples, low, high } = await boundsOf(
      Array.from({ length: 5_000 }, (_, n) => NOW - n ** 1.2 * HOUR - HOUR),
    );
    const end = NOW - 4_999 ** 1.2 * HOUR - HOUR;
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (share) => {
        const middle = NOW - share * (NOW - end);
        const [above, below] = [boundsOn(samples, NOW, middle), boundsOn(samples, middle, end)];
        expect(Math.abs(above.low + below.low - low)).toBeLessThanOrEqual(2);
        expect(Math.abs(above.high + below.high - high)).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('are wide where nothing was sampled', () => {
    expect(unsampledBounds(101)).toEqual({ low: 50, high: 202 });
  });
});

describe('an import', () => {
  const BRAND = 'br_1_1';
  let world: ImportWorld;
  beforeEach(async () => {
    world = await ImportWorld.open({ pageRecords: 20 });
    await world.account('acc_1', BRAND);
  });
  afterEach(() => world.close());

  const planned = async () =>
    (
      await world.query<{ low: number | null; high: number | null; read: number; unknown: number }>(
        `SELECT sum(CASE WHEN done THEN read ELSE greatest(estimate_low, read) END)::integer AS low,
           sum(CASE WHEN done THEN read ELSE greatest(estimate_high, read) END)::integer AS high,
           sum(read)::integer AS read, (count(*) FILTER (WHERE NOT done AND estimate_high IS NULL))::integer AS unknown
         FROM carryover.work WHERE stage = 'messages'`,
      )
    )[0]!;

  test('knows bounds on its number of records after the first page, even if they are dense at one end', async () => {
    const from = Date.UTC(2026, 9, 2);
    const at = (n: number) =>
      new Date(from + (n < 200 ? n * 3 * HOUR : 600 * HOUR + (n - 200) * HOUR)).toISOString();
    await world.put('threads', [threadItem(BRAND, 'thr_1')]);
    await world.put(
      'messages',
      Array.from({ length: 600 }, (_, n) => messageItem(BRAND, 'thr_1', `msg_${n}`, at(n))),
    );
    const environment = world.environment();
    environment.on('heartbeat', () => {
      void planned().then(({ read }) => {
        if (read > 0) environment.cancel();
      });
    });
    await world.attempt(BRAND, 'recent', { slicesAtOnce: 1 }, environment).catch(() => undefined);
    const { low, high, read, unknown } = await planned();
    expect(unknown).toBe(0);
    expect(read).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(600);
    expect(high).toBeGreaterThanOrEqual(600);

    await world.importPhase(BRAND, 'recent');
    expect(await planned()).toEqual({ low: 600, high: 600, read: 600, unknown: 0 });
  });

  test('does not cut a brand into empty slices because its newest page is of one busy minute', async () => {
    const from = Date.UTC(2026, 9, 2);
    const at = (n: number) =>
      new Date(n < 25 ? from + 25 * 24 * HOUR + n * 1_000 : from + (n - 25) * HOUR).toISOString();
    await world.put('threads', [threadItem(BRAND, 'thr_1')]);
    await world.put(
      'messages',
      Array.from({ length: 600 }, (_, n) => messageItem(BRAND, 'thr_1', `msg_${n}`, at(n))),
    );
    await world.importPhase(BRAND, 'recent');
    expect(await planned()).toMatchObject({ read: 600 });
    const slices = await world.query('SELECT FROM carryover.work');
    expect(slices.length).toBeLessThan(20);
  });
});
