/** How long a migration takes and what it costs, from what a preflight has found. */

import type { Estimate, PreflightCost, Range } from '../../engine/preflight.js';
import {
  ACTIONS,
  BYTES_PER_READ_UNIT,
  CHECK_SECONDS_PER_MESSAGE,
  FIXED_SECONDS,
  MESSAGES_PER_SECOND,
  PRICES,
} from './prices.js';

export interface Volume {
  readonly messages: Estimate;
  readonly threads: Estimate;
  /** Bytes of the messages and of the threads, as the source stores them. */
  readonly messageBytes: Estimate;
  readonly threadBytes: Estimate;
  readonly brands: number;
  /** Orders that would be placed. */
  readonly ports: number;
  /** A dump is read, not the tables. */
  readonly isDump: boolean;
}

/** The measured rate of this installation's workers, in messages a second; null without enough data. */
export type MeasuredRate = { readonly from: number; readonly to: number; readonly brands: number } | null;

export function expectedTime(
  { messages, brands }: Volume,
  measured: MeasuredRate,
): { readonly seconds: Range | null; readonly basis: string } {
  const rate = measured ?? MESSAGES_PER_SECOND;
  const fixed = FIXED_SECONDS.account + brands * FIXED_SECONDS.brand;
  const seconds =
    messages.high === null
      ? null
      : {
          from: Math.ceil(fixed + messages.low / rate.to),
          to: Math.ceil(fixed + messages.high / rate.from + 2 * messages.high * CHECK_SECONDS_PER_MESSAGE),
        };
  const figures = `${rounded(rate.from)} to ${rounded(rate.to)} messages a second`;
  const basis =
    measured === null
      ? `${figures}: one lane of a worker, and a worker on two cores with nothing else to do (docs/performance.md). Nothing large enough was migrated here yet to measure it.`
      : `${figures}, as ${measured.brands === 1 ? 'a brand was' : `the last ${measured.brands} brands were`} migrated here.`;
  return { seconds, basis: `${basis} Without waiting for a free slot, a pause or a port.` };
}

export function expectedCost(volume: Volume, seconds: Range | null): PreflightCost {
  const actions = actionsOf(volume);
  const units = volume.isDump ? { from: 0, to: 0 } : readUnitsOf(volume);
  const dollars =
    actions === null || units === null || seconds === null
      ? null
      : {
          from: dollarsOf(actions.from, units.from, seconds.from),
          to: dollarsOf(actions.to, units.to, seconds.to),
        };
  return {
    dollars,
    temporal_actions: actions,
    read_units: units,
    basis: `The formulas and prices of docs/cost.md: ${PRICES.millionActions} dollars for a million Temporal Cloud actions (× ${PRICES.fairness} for fairness), ${PRICES.millionReadUnits} for a million read units, ${PRICES.workerHour} for an hour of a worker. Following to its end is included; the store, attachments, the carrier and a dump's export are not.`,
  };
}

/** Following ends with a verification, which reads everything once more. */
function readUnitsOf({ messageBytes, threadBytes }: Volume): Range | null {
  if (messageBytes.high === null || threadBytes.high === null) return null;
  const unitsOf = (messages: number, threads: number) =>
    Math.ceil((2 * (messages + 2 * threads)) / BYTES_PER_READ_UNIT);
  return {
    from: unitsOf(messageBytes.low, threadBytes.low),
    to: unitsOf(messageBytes.high, threadBytes.high),
  };
}

const SMALL = 300;
const MEDIUM = 20_000;
const MILLION = 1_000_000;

function actionsOf({ messages, brands, ports, isDump }: Volume): Range | null {
  if (messages.high === null) return null;
  const fixed = Math.max(0, brands - 1) * ACTIONS.furtherBrand + ports * ACTIONS.port;
  const following = isDump ? { from: 0, to: 0 } : ACTIONS.following;
  return {
    from: fixed + following.from + importActions(messages.low, 'from'),
    to: fixed + following.to + importActions(messages.high, 'to'),
  };
}

function importActions(messages: number, end: 'from' | 'to'): number {
  if (messages <= SMALL) return ACTIONS.small[end];
  const large = messages <= MEDIUM ? 0 : Math.ceil((ACTIONS.million[end] * messages) / MILLION);
  return ACTIONS.medium[end] + large;
}

function dollarsOf(actions: number, units: number, seconds: number): number {
  const dollars =
    (actions * PRICES.fairness * PRICES.millionActions) / 1e6 +
    (units * PRICES.millionReadUnits) / 1e6 +
    (seconds * PRICES.workerHour) / 3_600;
  return Number(dollars.toPrecision(2));
}

function rounded(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en-US');
}
