import { describe, expect, test } from 'vitest';
import {
  CAUTIOUS_SHARE,
  CAUTIOUS_SHARE_OF_WHOLE_BATCHES,
  excessOf,
  LEAST_SHARE,
  ShareControl,
} from '../../../../activities/engine/governing/share.js';
import type { Pressure } from '../../../../gateways/store/sql/pressure.js';

const BUDGET = { commitMs: 50, lagSeconds: 10 };
const NOTHING = { beside: [], between: [] };
const ALONE: Pressure = { commits: NOTHING, waitingMs: undefined, others: 0, lagSeconds: undefined };
const IN_COMPANY: Pressure = { ...ALONE, others: 3 };
/** Ten decisions a second, with about one commit each. */
const [SECOND, MINUTE] = [10, 600];

const beside = (...commitsMs: number[]): Pressure => ({
  ...IN_COMPANY,
  commits: { beside: commitsMs, between: [] },
});

/** A worker that has been alone so far. */
function alone(budget = BUDGET, cautious?: number): ShareControl {
  const control = new ShareControl(budget, cautious);
  control.decide(ALONE);
  return control;
}

/** Others have become active, and were measured in the first rest. */
function measured(budget = BUDGET, cautious?: number): ShareControl {
  const control = alone(budget, cautious);
  control.decide(IN_COMPANY);
  const between = Array.from({ length: 15 }, (_, n) => commitMs(n));
  control.decide({ ...IN_COMPANY, commits: { beside: [], between } });
  return control;
}

/** Beside others, who are slowed down by `slowdown` times the share; returns the share after each decision. */
function searched(control: ShareControl, decisions: number, slowdown: (share: number) => number): number[] {
  const shares: number[] = [];
  for (let n = 0; n < decisions; n += 1) {
    const factor = slowdown(control.share);
    // A tenth of the time is rest, in which commits are measured more often.
    const commits =
      n % SECOND === 0
        ? { beside: [], between: [0, 1, 2, 3].map((k) => commitMs(4 * n + k)) }
        : { beside: [commitMs(n) * factor], between: [] };
    shares.push(control.decide({ ...IN_COMPANY, commits }).share);
  }
  return shares;
}

/** Commits with an exponential distribution around 1 ms, whose p95 is 3 ms; their order only looks random. */
function commitMs(n: number): number {
  return -Math.log(1 - ((n * 0.618_033_988_749_895) % 1));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the share of the possible write rate', () => {
  test('is 1 without other users, whatever is measured', () => {
    const control = alone();
    expect(control.decide({ ...ALONE, commits: { beside: [900], between: [] }, lagSeconds: 99 }).share).toBe(
      1,
    );
  });

  test('stays while it is unknown whether others are active', () => {
    const unknown = { ...beside(900), others: undefined };
    expect(new ShareControl(BUDGET).decide(unknown).share).toBe(CAUTIOUS_SHARE);
    expect(alone().decide(unknown).share).toBe(1);
  });

  test('falls at once when others become active, before anything of theirs is measured', () => {
    const control = alone();
    expect(control.decide(IN_COMPANY)).toEqual({ share: CAUTIOUS_SHARE, begins: true });
    expect(control.decide(beside(900))).toEqual({ share: CAUTIOUS_SHARE, begins: false });
  });

  test('is 1 again within ten seconds if others stay within the budget', () => {
    const shares = searched(measured(), 10 * SECOND, () => 1);
    expect(shares[0]).toBe(CAUTIOUS_SHARE);
    expect(shares.at(-1)).toBe(1);
  });

  test.each([
    [6, 0.333],
    [9, 0.667],
    [3.6, 0.067],
  ])(
    'finds, within ten seconds, where one commit of twenty exceeds %d ms, and stays there',
    (limitMs, right) => {
      // The p95 is 3 ms × (1 + 3 × share).
      const shares = searched(
        measured({ ...BUDGET, commitMs: limitMs }),
        2 * MINUTE,
        (share) => 1 + 3 * share,
      );
      const after = (from: number, to: number) => mean(shares.slice(from * SECOND, to * SECOND)) / right;
      for (const at of [10, 20, 40, 80]) {
        expect(after(at, at + 20)).toBeGreaterThan(0.6);
        expect(after(at, at + 20)).toBeLessThan(1.6);
      }
    },
  );

  test('falls to a quarter within ten slow commits when others suddenly slow down, and is 1 again within half a minute', () => {
    const control = measured();
    searched(control, MINUTE, () => 1);
    const shares = searched(control, 11, () => 1_000);
    expect(shares.at(-1)).toBeLessThan(0.25);
    expect(searched(control, 30 * SECOND, () => 1).at(-1)).toBe(1);
  });

  test('is at most a fifth if commits are slow even without the import, and less if they are slower beside it', () => {
    const control = measured({ ...BUDGET, commitMs: 1 });
    const gentle = searched(control, MINUTE, () => 1.05);
    expect(Math.max(...gentle)).toBe(CAUTIOUS_SHARE);
    expect(mean(gentle.slice(10 * SECOND))).toBeGreaterThan(0.8 * CAUTIOUS_SHARE);
    const harmful = searched(control, MINUTE, () => 2);
    expect(mean(harmful.slice(20 * SECOND))).toBeLessThan(0.2 * CAUTIOUS_SHARE);
  });

  test('of a target with whole batches is less in that case, and 1 if commits stay within the budget', () => {
    const cautious = CAUTIOUS_SHARE_OF_WHOLE_BATCHES;
    const slow = searched(measured({ ...BUDGET, commitMs: 1 }, cautious), MINUTE, () => 1.05);
    expect(Math.max(...slow)).toBe(cautious);
    expect(alone(BUDGET, cautious).decide(IN_COMPANY)).toEqual({ share: cautious, begins: true });
    expect(searched(measured(BUDGET, cautious), MINUTE, () => 1).at(-1)).toBe(1);
  });

  test('is halved within six decisions while a commit does not return or a replica is behind', () => {
    const control = measured();
    const waiting = (times: number, pressure: Partial<Pressure>) => {
      for (let n = 0; n < times; n += 1) control.decide({ ...IN_COMPANY, ...pressure });
      return control.share;
    };
    expect(waiting(6, { waitingMs: 300 })).toBeLessThan(CAUTIOUS_SHARE / 2);
    expect(waiting(6, { lagSeconds: 11 })).toBeLessThan(CAUTIOUS_SHARE / 4);
    expect(waiting(MINUTE, { lagSeconds: 11 })).toBe(LEAST_SHARE);
  });

  test('does not grow while a replica is nearly behind', () => {
    const control = measured();
    expect(control.decide({ ...beside(1, 1, 1), lagSeconds: 9 }).share).toBe(CAUTIOUS_SHARE);
    expect(control.decide({ ...beside(1, 1, 1), lagSeconds: 7 }).share).toBeGreaterThan(CAUTIOUS_SHARE);
  });
});

test('the exceeded budget is named, commits before replicas', () => {
  expect(excessOf({ commitMs: 49, lagSeconds: 9 }, BUDGET)).toBeUndefined();
  expect(excessOf({ commitMs: 51, lagSeconds: 11 }, BUDGET)).toBe('commit-latency');
  expect(excessOf({ commitMs: 0, lagSeconds: 11 }, BUDGET)).toBe('replica-lag');
});
