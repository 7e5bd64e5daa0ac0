import type { HoldReason } from '../../gateways/store/held-back.js';
import type { Pressure } from '../../gateways/store/pressure.js';

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

export const LEAST_SHARE = 0.01;
/** Between this and the budget nothing changes, so that the share comes to rest. */
const COMFORTABLE = 0.8;

/**
 * The part of the time, 0.01 to 1, in which batches may be written from now on. Once a second: halved while others are at work and
 * suffer, else grown by a quarter. The way of TCP (Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion
 * avoidance", 1989: down by a factor, up by steps), except that steps grow with the share, so that it comes back in seconds. Without
 * others it only grows: an import alone is never held back by its own load. While nothing is measured it stays.
 */
export function nextShare(share: number, pressure: Pressure, budget: Budget): number {
  const alone = pressure.others === 0;
  if (!alone && (pressure.others === undefined || pressure.commitMs === undefined)) return share;
  if (!alone && excessOf(pressure, budget)) return Math.max(LEAST_SHARE, share / 2);
  const comfortable = {
    commitMs: budget.commitMs * COMFORTABLE,
    lagSeconds: budget.lagSeconds * COMFORTABLE,
  };
  if (!alone && excessOf(pressure, comfortable)) return share;
  return Math.min(1, share * 1.25 + 0.005);
}

/** What is above the budget; the commits, where both are. */
export function excessOf({ commitMs = 0, lagSeconds = 0 }: Pressure, budget: Budget): Excess | undefined {
  if (commitMs > budget.commitMs)
    return { reason: 'commit-latency', measured: commitMs, budget: budget.commitMs };
  if (lagSeconds > budget.lagSeconds)
    return { reason: 'replica-lag', measured: lagSeconds, budget: budget.lagSeconds };
  return undefined;
}
