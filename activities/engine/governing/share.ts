import type { HoldReason } from '../../../gateways/store/work/held-back.js';
import type { Pressure } from '../../../gateways/store/sql/pressure.js';

/** The limits on how far an import may slow down other users of the target. */
export interface Budget {
  /** Maximum p95 latency of a small commit, in milliseconds. */
  readonly commitMs: number;
  /** Maximum replica lag, in seconds. */
  readonly lagSeconds: number;
}

/** More batches would only wait for each other, and hold connections that others need. */
export const BATCHES_AT_ONCE = 6;
/** The share at which a page of 1 MB takes ten seconds. */
export const LEAST_SHARE = 0.01;
/** The share when others have just become active, and the most while their commits are slow even without an import. */
export const CAUTIOUS_SHARE = 0.2;
/**
 * The same for a target whose batches cannot be spread over time. A batch takes a core while it runs, so batches must run for less than a twentieth
 * of the time in order not to affect others' p95.
 */
export const CAUTIOUS_SHARE_OF_WHOLE_BATCHES = 0.03;

/** The fraction of other users' commits that may exceed the limit. */
const LONGER_THAN_LIMIT = 0.05;
/** If commits are slow without an import, a p95 that is greater by this factor with it exceeds the error of the measurement. */
const GROWTH = 1.25;
/** The fewest commits between batches that give a meaningful p95, and the most that are kept. */
const [FEWEST_BETWEEN, KEPT_BETWEEN] = [10, 400];
/** The most commits beside batches that are kept: ten seconds of them. */
const KEPT_BESIDE = 100;
/** The step of the share for one commit, as an exponent of e: the first step, the number of commits after which it is half, and the least. */
const [FIRST_GAIN, HALF_AFTER, LEAST_GAIN] = [0.5, 40, 0.05];
/** This many of the last commits over the limit, or none of this many, is more than chance: the search resumes from an earlier step. */
const [SURGE, CALM, EARLIER] = [{ of: 10, over: 5 }, 40, 10];
/** Above this fraction of the lag budget the share no longer grows. */
const COMFORTABLE = 0.8;
/** The factor on the share at each decision while a commit does not return or a replica lags: the share halves in half a second. */
const LEFT_BY_EXCESS = 0.87;

/**
 * The share of the possible write rate, 0.01 to 1. Decided some times a second, from the commits measured since:
 *
 * 1. Without other activity the share is 1, whatever is measured: an import alone is never held back by its own load. While other activity is
 *    unknown, the share stays.
 * 2. When others become active, it starts at the cautious share (a fifth, less for whole batches), and stays there until commits without the import
 *    have been measured.
 * 3. Each commit beside a batch moves it: down if it took longer than the limit, up a nineteenth as much if it did not. So it settles where one of
 *    twenty is over the limit, whatever the distribution (Robbins and Monro's stochastic approximation of a quantile). The first steps are large, to
 *    find that point, and later ones small, to stay there. Steps are larger again while many commits are over the limit, or none.
 * 4. The limit is the budget. If others' commits are slow without the import, it is a quarter above the p95 of those, and the share is at most the
 *    cautious one, since a smaller growth of a p95 cannot be measured within seconds.
 * 5. A commit that does not return, or a replica over its budget, halves the share within half a second. While a replica is close to its budget the
 *    share does not grow.
 */
export class ShareControl {
  #share: number;
  #othersBefore: number | undefined;
  /** Commits since the search began. */
  #steps = 0;
  readonly #beside: number[] = [];
  readonly #between: number[] = [];
  /** The limit and the greatest share of the last decision. */
  #limitMs = 0;
  #most = 1;

  constructor(
    private readonly budget: Budget,
    private readonly cautious = CAUTIOUS_SHARE,
  ) {
    this.#share = cautious;
  }

  get share(): number {
    return this.#share;
  }

  /** `begins`: others have become active, and nothing is measured yet. */
  decide(pressure: Pressure): { readonly share: number; readonly begins: boolean } {
    const { others, commits } = pressure;
    keep(this.#between, commits.between, KEPT_BETWEEN);
    if (others === undefined) return { share: this.#share, begins: false };
    const begins = others > 0 && (this.#othersBefore ?? 0) === 0;
    this.#othersBefore = others;
    if (others === 0) this.#share = 1;
    else if (begins) this.#begin();
    else this.#search(pressure);
    return { share: this.#share, begins };
  }

  #search({ commits, waitingMs = 0, lagSeconds = 0 }: Pressure): void {
    if (this.#between.length < FEWEST_BETWEEN) return;
    const alone = p95(this.#between) ?? 0;
    this.#limitMs = Math.max(this.budget.commitMs, alone * GROWTH);
    this.#most = this.#limitMs > this.budget.commitMs ? this.cautious : 1;
    const before = this.#share;
    for (const tookMs of commits.beside) this.#step(tookMs);
    if (lagSeconds > this.budget.lagSeconds * COMFORTABLE) this.#share = Math.min(this.#share, before);
    if (waitingMs > this.#limitMs || lagSeconds > this.budget.lagSeconds) this.#share *= LEFT_BY_EXCESS;
    this.#share = this.#within(this.#share);
  }

  /** The p95 in milliseconds of recent commits beside batches; undefined without measurements. */
  get commitMs(): number | undefined {
    return p95(this.#beside);
  }

  #begin(): void {
    this.#share = Math.min(this.#share, this.cautious);
    this.#steps = 0;
    this.#beside.length = 0;
  }

  #within(share: number): number {
    return Math.min(this.#most, Math.max(LEAST_SHARE, share));
  }

  #step(tookMs: number): void {
    keep(this.#beside, [tookMs], KEPT_BESIDE);
    this.#steps += 1;
    const isCalm = this.#beside.length >= CALM && this.#overOfLast(CALM) === 0;
    if (isCalm || this.#overOfLast(SURGE.of) >= SURGE.over) this.#steps = Math.min(this.#steps, EARLIER);
    const gain = Math.max(LEAST_GAIN, FIRST_GAIN / (1 + this.#steps / HALF_AFTER));
    const isOver = this.#overOfLast(1);
    this.#share = this.#within(this.#share * Math.exp(gain * (LONGER_THAN_LIMIT - isOver)));
  }

  #overOfLast(count: number): number {
    return this.#beside.slice(-count).filter((tookMs) => tookMs > this.#limitMs).length;
  }
}

/** Which budget is exceeded; commit latency comes first. */
export function excessOf(measured: Budget, budget: Budget): HoldReason | undefined {
  if (measured.commitMs > budget.commitMs) return 'commit-latency';
  return measured.lagSeconds > budget.lagSeconds ? 'replica-lag' : undefined;
}

function keep(kept: number[], more: readonly number[], most: number): void {
  kept.push(...more);
  kept.splice(0, kept.length - most);
}

export function p95(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
}
