import type { HoldReason } from '../../gateways/store/work/held-back.js';
import type { Pressure } from '../../gateways/store/sql/pressure.js';

/** What those who use the store may notice of an import. */
export interface Budget {
  /** Milliseconds that a small commit may take, nineteen times of twenty. */
  readonly commitMs: number;
  /** Seconds that a replica may be behind. */
  readonly lagSeconds: number;
}

export interface Excess {
  readonly reason: HoldReason;
  readonly measured: number;
  readonly budget: number;
}

/** More batches would only wait for each other, and for the connections that others need too. */
export const BATCHES_AT_ONCE = 6;
/** One batch after the other, six thousandths of the time. */
export const LEAST_SHARE = 0.001;

/** Of those who use the store, so many may wait longer than the budget. */
const LONGER_THAN_BUDGET = 0.05;
/** Of a transaction of others: each may meet what the probe's one meets beside a batch. */
const STATEMENTS = 5;
/** Fewer commits tell nothing. */
const FEWEST = 10;
/** Of its budget a replica's lag may be so much before nothing grows any more. */
const COMFORTABLE = 0.8;

/**
 * The part of what could be written, 0.001 to 1, that is written from now on; 1 is six batches at once. Decided once a second:
 *
 * 1. Without others at work it grows, whatever is measured: an import alone is never held back by its own load. While it is not known
 *    whether there are any, it stays.
 * 2. It grows by three tenths, at most to what commits bear (`bearable`), and goes down to that at once.
 * 3. While a commit does not come back, or a replica is behind, it is halved; while a replica is nearly behind it does not grow.
 */
export function nextShare(share: number, pressure: Pressure, budget: Budget): number {
  const grown = Math.min(1, share * 1.3 + 0.005);
  if (pressure.others === 0) return grown;
  if (pressure.others === undefined) return share;
  const { waitingMs = 0, lagSeconds = 0 } = pressure;
  const most = bearable(pressure, budget.commitMs) ?? share;
  if (waitingMs > budget.commitMs || lagSeconds > budget.lagSeconds)
    return atLeast(Math.min(share / 2, most));
  return atLeast(Math.min(lagSeconds > budget.lagSeconds * COMFORTABLE ? share : grown, most));
}

/**
 * The share with which of others' transactions a twentieth takes longer than the budget. Of those between batches a part b does, of those
 * beside one a part c: while batches are written for a part f of the time it is f c + (1 − f) b of all. So their 95th percentile
 * stays within the budget also where batches take so little of the time that it would not show them. Undefined while it is not measured.
 */
function bearable({ commits: { beside, between } }: Pressure, budgetMs: number): number | undefined {
  if (beside.length < FEWEST) return undefined;
  const besideLonger = longer(beside, budgetMs) / beside.length;
  if (besideLonger <= LONGER_THAN_BUDGET) return 1;
  const c = 1 - (1 - besideLonger) ** STATEMENTS;
  const b = partAtMost(longer(between, budgetMs), between.length);
  const time = c > b ? (LONGER_THAN_BUDGET - b) / (c - b) : 0;
  return time / BATCHES_AT_ONCE;
}

function atLeast(share: number): number {
  return Math.max(LEAST_SHARE, share);
}

/** As far as a sample can tell, with one standard error on the safe side; before there is a sample it is the twentieth and that. */
function partAtMost(some: number, all: number): number {
  const size = all + 1 / LONGER_THAN_BUDGET;
  const part = (some + 1) / size;
  return part + Math.sqrt((part * (1 - part)) / size);
}

function longer(values: readonly number[], limitMs: number): number {
  return values.filter((value) => value > limitMs).length;
}

/** What is above the budget; the commits, where both are. */
export function excessOf(pressure: Pressure, budget: Budget): Excess | undefined {
  const { lagSeconds = 0 } = pressure;
  const commitMs = longCommitMs(pressure) ?? 0;
  if (commitMs > budget.commitMs)
    return { reason: 'commit-latency', measured: commitMs, budget: budget.commitMs };
  if (lagSeconds > budget.lagSeconds)
    return { reason: 'replica-lag', measured: lagSeconds, budget: budget.lagSeconds };
  return undefined;
}

/** Milliseconds that of twenty commits beside a batch, or between batches where those are slower, one exceeds; undefined while none was measured. */
export function longCommitMs({ commits, waitingMs }: Pressure): number | undefined {
  const measured = [commits.beside, commits.between].flatMap((some) => p95(some) ?? []);
  const all = waitingMs === undefined ? measured : [...measured, waitingMs];
  return all.length === 0 ? undefined : Math.max(...all);
}

function p95(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
}
