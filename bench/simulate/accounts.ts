import { unit } from '../../dev/sample/generator/random.js';

export interface SimulatedAccount {
  readonly id: string;
  /** Seconds after midnight. */
  readonly startsAt: number;
  readonly messages: number;
  readonly brands: number;
  /** Whether somebody has the app open and waits. */
  readonly polled: boolean;
}

/** The shape of a day. Only this and `service-times.json` hold assumptions rather than measurements. */
export interface Day {
  readonly seed: number;
  readonly accounts: number;
  /** The number that start at one moment, as from an operator's list; nobody waits for those. */
  readonly atOnce: number;
  readonly atOnceHour: number;
  /** The relative number of starts in each hour of the day. */
  readonly hours: readonly number[];
  /** An account's messages are log-normal, with this median and this deviation of the logarithm; except the giant's. */
  readonly medianMessages: number;
  readonly deviation: number;
  readonly most: number;
  /** The giant, and the hour of its start. */
  readonly giant: { readonly messages: number; readonly hour: number };
  /** The share of messages that are recent. */
  readonly recentShare: number;
}

export const DAY: Day = {
  seed: 1,
  accounts: 10_000,
  atOnce: 500,
  atOnceHour: 10,
  hours: [1, 1, 1, 1, 1, 2, 3, 5, 9, 12, 12, 11, 8, 10, 11, 11, 9, 6, 4, 3, 2, 2, 1, 1],
  medianMessages: 2_000,
  deviation: 2.2,
  most: 10_000_000,
  giant: { messages: 20_000_000, hour: 9.5 },
  recentShare: 0.15,
};

/** 5 billion messages of 100,000 accounts, with hours, lists and recent shares as in `DAY`. */
export const LARGE_DAY: Day = {
  ...DAY,
  accounts: 100_000,
  atOnce: 5_000,
  medianMessages: 4_500,
  most: 50_000_000,
  giant: { messages: 100_000_000, hour: 9.5 },
};

/** The largest account for each number of brands; the biggest accounts have four. */
const BRANDS = [
  [1_000_000, 4],
  [100_000, 2],
] as const;

/** The day's accounts; the same for the same day. */
export function accountsOf(day: Day): readonly SimulatedAccount[] {
  const { seed, accounts, atOnce } = day;
  return Array.from({ length: accounts }, (_, n) => {
    const chance = (what: number) => unit(seed, what, n);
    if (n === 0) return account('giant', day.giant.hour, day.giant.messages, true);
    const messages = sizeOf(day, chance(1), chance(2));
    if (n <= atOnce) return account(`listed-${n}`, day.atOnceHour, messages, false);
    return account(`acc-${n}`, hourOf(day.hours, chance(3)) + chance(4), messages, true);
  });
}

function account(id: string, hour: number, messages: number, polled: boolean): SimulatedAccount {
  const brands = BRANDS.find(([from]) => messages >= from)?.[1] ?? 1;
  return { id, startsAt: hour * 3_600, messages, brands, polled };
}

/** Turns two uniform numbers into a normal one by the method of Box and Muller (1958). */
function sizeOf({ medianMessages, deviation, most }: Day, one: number, other: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - one)) * Math.cos(2 * Math.PI * other);
  return Math.max(1, Math.min(most, Math.round(medianMessages * Math.exp(deviation * normal))));
}

function hourOf(hours: readonly number[], chance: number): number {
  let left = chance * hours.reduce((sum, weight) => sum + weight, 0);
  const hour = hours.findIndex((weight) => (left -= weight) < 0);
  return hour < 0 ? hours.length - 1 : hour;
}
