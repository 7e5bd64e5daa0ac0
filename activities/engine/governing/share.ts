import type { HoldReason } from '../../../gateways/store/work/held-back.js';
import type { Pressure } from '../../../gateways/store/sql/pressure.js';

/** How much other users of the target may notice of an import. */
export interface Budget {
  /** Maximum p95 latency of a small commit, in milliseconds. */
  readonly commitMs: number;
  /** Maximum replica lag, in seconds. */
  readonly lagSeconds: number;
}

export interface Excess {
  readonly reason: HoldReason;
  readonly measured: number;
  readonly budget: number;
}

/** More batches would only wait for each other, and hold connections that others need. */
export const BATCHES_AT_ONCE = 6;
/** One batch at a time, six thousandths of the time. */
export const LEAST_SHARE = 0.001;

/** The fraction of other users' transactions that may exceed the budget. */
const LONGER_THAN_BUDGET = 0.05;
/** Statements in another user's transaction, each of which may be delayed like the probe's one beside a batch. */
const STATEMENTS = 5;
/** The minimum number of measured commits. */
const FEWEST = 10;
/** Above this fraction of the lag budget the share no longer grows. */
const COMFORTABLE = 0.8;

/**
 * The share of the possible write rate from now on, 0.001 to 1, where 1 means six concurrent batches. Decided once a second:
 *
 * 1. Without other activity the share grows, whatever is measured: an import alone is never held back by its own load. While other activity is
 *    unknown, the share stays.
 * 2. The share grows by three tenths, at most to what commits allow (`bearable`), and falls to that at once.
 * 3. A commit that does not return, or a replica over its budget, halves the share. While a replica is close to its budget the share does not grow.
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
 * The share at which one in twenty of others' transactions exceeds the budget. Let a fraction b of those between batches exceed it, and a fraction c
 * of those beside a batch: if batches take a fraction f of the time, f c + (1 − f) b of all do. This keeps their p95 within the budget even when
 * batches take so little time that the p95 would not show them. Undefined without measurements.
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

/** A conservative estimate from a sample: one standard error above the observed fraction, or above one in twenty without a sample. */
function partAtMost(some: number, all: number): number {
  const size = all + 1 / LONGER_THAN_BUDGET;
  const part = (some + 1) / size;
  return part + Math.sqrt((part * (1 - part)) / size);
}

function longer(values: readonly number[], limitMs: number): number {
  return values.filter((value) => value > limitMs).length;
}

/** What exceeds the budget; commit latency comes first. */
export function excessOf(pressure: Pressure, budget: Budget): Excess | undefined {
  const { lagSeconds = 0 } = pressure;
  const commitMs = longCommitMs(pressure) ?? 0;
  if (commitMs > budget.commitMs)
    return { reason: 'commit-latency', measured: commitMs, budget: budget.commitMs };
  if (lagSeconds > budget.lagSeconds)
    return { reason: 'replica-lag', measured: lagSeconds, budget: budget.lagSeconds };
  return undefined;
}

/** The p95 in milliseconds of commits beside a batch or between batches, whichever is greater; undefined without measurements. */
export function longCommitMs({ commits, waitingMs }: Pressure): number | undefined {
  const measured = [commits.beside, commits.between].flatMap((some) => p95(some) ?? []);
  const all = waitingMs === undefined ? measured : [...measured, waitingMs];
  return all.length === 0 ? undefined : Math.max(...all);
}

function p95(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
}
