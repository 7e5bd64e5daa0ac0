import { expect, test } from 'vitest';
import { ReadBudget } from '../../../../../activities/conversations/polling/read-budget.js';
import { SeenKeys } from '../../../../../activities/conversations/polling/seen-keys.js';
import { VirtualClock } from '../../../../support/virtual-clock.js';

const NEVER = new AbortController().signal;
const SECOND = 1_000;

function spending(clock: VirtualClock, budget: ReadBudget, units: number) {
  const spent = { queries: 0, units: 0, most: 0 };
  const began = clock.elapsed();
  const query = async () => {
    spent.queries += 1;
    spent.units += units;
    return { units };
  };
  const run = async (times: number) => {
    await Promise.all(Array.from({ length: times }, () => budget.spend(query, NEVER)));
  };
  return { spent, run, seconds: () => (clock.elapsed() - began) / SECOND };
}

test.each([
  ['small pages', 0.5],
  ['pages larger than the budget of a second', 128],
])('%s take 2 % of what is provisioned', async (_, units) => {
  const clock = new VirtualClock();
  const budget = new ReadBudget(clock);
  budget.limitTo(1_000);
  const { spent, run, seconds } = spending(clock, budget, units);
  const running = run(200);
  while (spent.queries < 200) {
    await clock.advance(20 * units);
    expect(spent.units).toBeLessThanOrEqual(20 * seconds() + units);
  }
  await running;
  expect(spent.units).toBe(200 * units);
  // It does not take less either, apart from the clock's resolution of milliseconds.
  expect(spent.units).toBeGreaterThan(0.8 * 20 * seconds());
});

test('nothing is saved up while nothing is read', async () => {
  const clock = new VirtualClock();
  const budget = new ReadBudget(clock);
  budget.limitTo(50);
  await clock.advance(3_600 * SECOND);
  const { spent, run } = spending(clock, budget, 1);
  const running = run(3);
  await clock.advance(SECOND - 10);
  expect(spent.queries).toBe(1);
  await clock.advance(2 * SECOND);
  await running;
  expect(spent.queries).toBe(3);
});

test('reads that are paid by request have no limit', async () => {
  const clock = new VirtualClock();
  const budget = new ReadBudget(clock);
  budget.limitTo(undefined);
  const { spent, run } = spending(clock, budget, 128);
  await run(1_000);
  expect([spent.queries, clock.elapsed()]).toEqual([1_000, 0]);
});

test('a query that fails is counted too', async () => {
  const clock = new VirtualClock();
  const budget = new ReadBudget(clock);
  budget.limitToUnknown();
  await expect(budget.spend(() => Promise.reject(new Error('lost')), NEVER)).rejects.toThrow('lost');
  let isAnswered = false;
  const next = budget.spend(async () => ({ units: 1 }), NEVER).then(() => (isAnswered = true));
  await clock.advance(200);
  expect(isAnswered).toBe(false);
  await clock.advance(100);
  await next;
});

test('keys of the least recently polled brands are forgotten first', () => {
  const seen = new SeenKeys(5);
  seen.replace('br_1', new Set(['a', 'b']));
  seen.replace('br_2', new Set(['a', 'b']));
  seen.replace('br_1', new Set(['b', 'c']));
  seen.replace('br_3', new Set(['a', 'b']));
  const known = ['br_1', 'br_2', 'br_3'].map((brand) =>
    ['a', 'b', 'c'].filter((one) => seen.has(brand, one)),
  );
  expect(known).toEqual([['b', 'c'], [], ['a', 'b']]);
});
