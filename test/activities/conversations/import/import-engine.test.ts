import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TIME_LINE } from '../../../../activities/conversations/import/time-line.js';
import { runLane } from '../../../../activities/engine/lane.js';
import type { Source } from '../../../../activities/engine/source.js';
import type { Target } from '../../../../activities/engine/target.js';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import { NOTHING } from '../../../../domain/engine/tally.js';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { importPhase } from '../../../../gateways/store/conversations/import/phases.js';
import type { PhaseRef } from '../../../../gateways/store/work/phase-ref.js';
import { advanceSlice } from '../../../../gateways/store/work/advance.js';
import { planPhase } from '../../../../gateways/store/work/plans.js';
import { addSlices } from '../../../../gateways/store/work/slices.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { nextTurn } from '../../../support/next-turn.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { ImportWorld } from './import-world.js';
import { systemClock } from '../../../../gateways/clock.js';

/** The engine knows nothing of a kind: these records are made as they are read, and only counted when they are written. */
interface Tiny {
  readonly key: string;
  readonly n: number;
}

const RECORDS = 200_000;
const PAGE = 1_000;
const SLICES_AT_ONCE = 16;
const FIRST = Date.UTC(2024, 0, 1);
const STEP = 60_000;
/** Includes keys that are not times: they sort before and after all others. */
const GARBAGE = 500;

let world: ImportWorld;
let phase: PhaseRef;

beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', 'br_1_1');
  phase = importPhase(await findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_1_1' }), 'recent');
  await planPhase(world.pool, phase, { slices: [{ stage: 'tiny', lower: null, upper: null, estimate: 0 }] });
});

afterEach(() => world.close());

function keyOf(n: number): string {
  if (n < GARBAGE) return ` ${String(n).padStart(6, '0')}`;
  // Younger records are denser.
  const at = FIRST + Math.floor(Math.sqrt(n / RECORDS) * RECORDS) * STEP;
  return `${new Date(at).toISOString()}#${String(n).padStart(6, '0')}`;
}

const KEYS = Array.from({ length: RECORDS }, (_, n) => keyOf(n));

class TinySource implements Source<Tiny>, Target<Tiny> {
  readonly written = new Uint8Array(RECORDS);
  inFlight = 0;
  mostInFlight = 0;
  pages = 0;
  /** Thrown instead of every page whose number it divides. */
  failing: { every: number; error: CarryoverError } | undefined;
  /** What a page waits for. */
  turn: () => Promise<unknown> = nextTurn;
  private asked = 0;

  async read({ lower, upper }: { lower: string | null; upper: string | null }, cursor: unknown) {
    await this.turn();
    this.asked += 1;
    if (this.failing && this.asked % this.failing.every === 0) throw this.failing.error;
    const from =
      typeof cursor === 'number' ? cursor - 1 : upper === null ? RECORDS - 1 : this.lastBelow(upper);
    const items: Tiny[] = [];
    let n = from;
    for (; n >= 0 && items.length < PAGE; n -= 1) {
      const key = KEYS[n] ?? '';
      if (lower !== null && key < lower) break;
      items.push({ key, n });
    }
    const more = n >= 0 && items.length === PAGE && (lower === null || (KEYS[n] ?? '') >= lower);
    this.pages += 1;
    this.inFlight += items.length;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    return { items, next: more ? n + 1 : undefined };
  }

  readonly cut = {
    oldest: async ({ lower }: { lower: string | null }) => KEYS.find((key) => lower === null || key >= lower),
    keyOf: (item: Tiny) => item.key,
    lineFor: () => TIME_LINE,
  };

  commit: Target<Tiny>['commit'] = async (items, step) => {
    const outcome = await transaction(world.pool, 'test', (connection) =>
      advanceSlice(connection, phase, step, {
        ...NOTHING,
        read: items.length,
        taken: items.length,
      }),
    );
    for (const { n } of items) this.written[n] = (this.written[n] ?? 0) + 1;
    this.inFlight -= items.length;
    return outcome;
  };

  private lastBelow(upper: string): number {
    let [low, high] = [0, RECORDS];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((KEYS[middle] ?? '') < upper) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const laneOf = (source: TinySource, name = 'lane') => ({
  pool: world.pool,
  clock: systemClock,
  phase,
  lane: { name, attempt: 1 },
  stages: [{ name: 'tiny', source, target: source }],
  signal: new AbortController().signal,
  beat: () => undefined,
});

test('200,000 records are each written once, with at most two pages a slice in memory', async () => {
  const source = new TinySource();
  let beats = 0;
  const result = await runLane(
    { ...laneOf(source), beat: () => (beats += 1) },
    { slicesAtOnce: SLICES_AT_ONCE, moreLanesFrom: Infinity },
  );
  expect(result).toMatchObject({ finished: true, halted: false, lanes: 1 });
  expect(result.progress.read['tiny']).toBe(RECORDS);
  expect(source.written.every((times) => times === 1)).toBe(true);
  expect(source.mostInFlight).toBeLessThanOrEqual(SLICES_AT_ONCE * 2 * PAGE);
  expect(beats).toBeGreaterThanOrEqual(RECORDS / PAGE);
  expect(result.progress.slices).toBeGreaterThan(20);
});

test('a source that is busy at times is retried, and the lane continues', async () => {
  const source = new TinySource();
  source.failing = {
    every: 25,
    error: new CarryoverError('SourceThrottled', 'busy', { retryAfterSeconds: 0.01 }),
  };
  const result = await runLane(laneOf(source), { moreLanesFrom: Infinity });
  expect(result).toMatchObject({ finished: true });
  expect(source.written.every((times) => times === 1)).toBe(true);
});

test('a source that refuses ends the lane, which releases its slices', async () => {
  const source = new TinySource();
  source.failing = { every: 25, error: new CarryoverError('SourceRefused', 'no') };
  await expect(runLane(laneOf(source), { moreLanesFrom: Infinity })).rejects.toMatchObject({
    type: 'SourceRefused',
  });
  const open = await world.query(
    'SELECT count(leased_by)::integer AS leased FROM carryover.work WHERE NOT done',
  );
  expect(open).toEqual([{ leased: 0 }]);
  source.failing = undefined;
  await runLane(laneOf(source), { moreLanesFrom: Infinity });
  expect(source.written.every((times) => times === 1)).toBe(true);
});

test('two lanes share the slices, and each record is written by one of them', async () => {
  const sources = [new TinySource(), new TinySource()] as const;
  // The second lane finds nothing at first: the other continues once both have read some pages.
  const SOME = 11;
  let goOn = (): void => undefined;
  const bothHaveSome = new Promise<void>((resolve) => (goOn = resolve));
  for (const source of sources) {
    source.turn = async () => {
      if (sources.every(({ pages }) => pages >= SOME)) goOn();
      else if (source.pages >= SOME) await bothHaveSome;
      await nextTurn();
    };
  }
  await Promise.all(
    sources.map((source, n) =>
      runLane(laneOf(source, `lane ${n}`), { slicesAtOnce: 4, moreLanesFrom: Infinity }),
    ),
  );
  const [a, b] = sources;
  expect(a.written.every((times, n) => times + (b.written[n] ?? 0) === 1)).toBe(true);
  expect(a.pages).toBeGreaterThan(10);
  expect(b.pages).toBeGreaterThan(10);
});

test('a lane continues when other lanes of the process take slices that it was looking for', async () => {
  const source = new TinySource();
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const others: Promise<unknown>[] = [];
  const beginOthers = () => {
    const query = async () => {
      await released;
      return { rows: [] };
    };
    const pool = { connect: () => world.pool.connect(), query } as unknown as Pool;
    for (const name of ['a', 'b', 'c']) others.push(runLane({ ...laneOf(new TinySource(), name), pool }));
  };
  let looks = 0;
  const query = async (text: string, values: unknown[]) => {
    const found = await world.pool.query(text, values);
    // At the third look all slices were in hand, and one has ended.
    if (text.includes('FULL JOIN') && ++looks === 3) beginOthers();
    return found;
  };
  const pool = { connect: () => world.pool.connect(), query } as unknown as Pool;
  const done = runLane({ ...laneOf(source), pool }, { moreLanesFrom: Infinity });
  await expect.poll(() => others.length).toBe(3);
  release();
  expect(await done).toMatchObject({ finished: true });
  await Promise.all(others);
  expect(source.written.every((times) => times === 1)).toBe(true);
});

describe('two stages', () => {
  const stagesOf = (earlier: TinySource, later: TinySource) => [
    { name: 'earlier', source: earlier, target: earlier },
    { name: 'tiny', source: later, target: later },
  ];

  /** Two, of which the earlier is written only after `release`. */
  async function heldUp() {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await transaction(world.pool, 'test', (connection) =>
      addSlices(connection, phase, [{ stage: 'earlier', lower: null, upper: null, estimate: 0 }]),
    );
    const [earlier, later] = [new TinySource(), new TinySource()];
    const { commit } = earlier;
    earlier.commit = async (items, step, signal) => {
      await released;
      return commit(items, step, signal);
    };
    return { earlier, later, release };
  }

  test('read ahead a slice of the later one, and write nothing of it before the earlier one is done', async () => {
    const { earlier, later, release } = await heldUp();
    const { commit } = later;
    const tooEarly: number[] = [];
    later.commit = async (items, step, signal) => {
      const [row] = await world.query<{ open: number }>(
        "SELECT count(*)::integer AS open FROM carryover.work WHERE stage = 'earlier' AND NOT done",
      );
      if (row?.open !== 0) tooEarly.push(items.length);
      return commit(items, step, signal);
    };
    const done = runLane(
      { ...laneOf(later), stages: stagesOf(earlier, later) },
      { slicesAtOnce: 4, moreLanesFrom: Infinity },
    );
    await expect.poll(() => later.pages).toBeGreaterThan(0);
    expect(await world.query('SELECT sum(read)::integer AS read FROM carryover.work')).toEqual([{ read: 0 }]);
    release();
    expect(await done).toMatchObject({ finished: true });
    expect(tooEarly).toEqual([]);
    for (const { written } of [earlier, later]) expect(written.every((times) => times === 1)).toBe(true);
  });

  test('report a failure ahead only once the earlier one is done', async () => {
    const { earlier, later, release } = await heldUp();
    later.failing = { every: 1, error: new CarryoverError('SourceRefused', 'no') };
    const asked = vi.spyOn(later, 'read');
    const done = runLane(
      { ...laneOf(later), stages: stagesOf(earlier, later) },
      { slicesAtOnce: 4, moreLanesFrom: Infinity },
    );
    const ended = expect(done).rejects.toMatchObject({ type: 'SourceRefused' });
    await expect.poll(() => asked.mock.settledResults.map(({ type }) => type)).toEqual(['rejected']);
    await nextTurn();
    expect(await world.query('SELECT sum(read)::integer AS read FROM carryover.work')).toEqual([{ read: 0 }]);
    release();
    await ended;
    expect(earlier.written.every((times) => times === 1)).toBe(true);
    expect(await world.query('SELECT FROM carryover.work WHERE leased_by IS NOT NULL')).toEqual([]);
  });

  test('release what was read ahead when the lane stops', async () => {
    const { earlier, later, release } = await heldUp();
    const stop = new AbortController();
    const done = runLane({ ...laneOf(later), stages: stagesOf(earlier, later), signal: stop.signal });
    await expect.poll(() => later.pages).toBeGreaterThan(0);
    stop.abort();
    release();
    expect(await done).toMatchObject({ finished: false });
    expect(later.written.every((times) => times === 0)).toBe(true);
    expect(await world.query('SELECT FROM carryover.work WHERE leased_by IS NOT NULL')).toEqual([]);
  });
});
