import { mix, unit } from './random.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Recency = 'today' | 'last-30-days' | 'any';

export interface ThreadTimes {
  count: number;
  /** The thread's beginning, in milliseconds since 1970. */
  createdAt: number;
  /** The time of message `index`, in milliseconds since 1970; strictly increasing, and never after `now`. */
  at(index: number): number;
}

/**
 * The times of a thread's messages, each computable alone, so that a thread of a million messages needs no list.
 *
 * 1. Draw the end: today, in the last 30 days, or anywhere in the years.
 * 2. Divide the time before the end into stretches, one for each sitting of three to eight messages, within which people write minutes apart.
 * 3. Begin a sitting in the first part of its stretch; in business hours if the stretch is days long.
 */
export function threadTimes(
  seed: number,
  count: number,
  recency: Recency,
  window: { from: number; to: number },
): ThreadTimes {
  const end = drawEnd(seed, count, recency, window);
  const perSitting = 3 + (mix(seed, 11) % 6);
  const sittings = Math.max(1, Math.ceil(count / perSitting));
  const wanted = sittings === 1 ? perSitting * 6 * MINUTE : sittings * (1 + unit(seed, 12) * 9) * DAY + HOUR;
  const start = Math.max(window.from, end - Math.floor(wanted));
  const stretch = (end - start) / sittings;

  const sittingBegins = (sitting: number): number => {
    const from = start + sitting * stretch;
    if (stretch <= 2.5 * DAY) return from + unit(seed, 13, sitting) * 0.4 * stretch;
    const day = Math.floor((from + unit(seed, 13, sitting) * (stretch - 2.5 * DAY)) / DAY) + 1;
    return day * DAY + 13 * HOUR + unit(seed, 14, sitting) * 8 * HOUR;
  };
  const gapOf = (sitting: number): number =>
    Math.min((0.5 + unit(seed, 15, sitting) * 5) * MINUTE, (0.55 * stretch) / perSitting);

  return {
    count,
    createdAt: start,
    at(index) {
      if (index === count - 1) return end;
      const sitting = Math.floor(index / perSitting);
      const gap = gapOf(sitting);
      const jitter = unit(seed, 16, index) * 0.8;
      return Math.floor(sittingBegins(sitting) + ((index % perSitting) + jitter) * gap);
    },
  };
}

function drawEnd(
  seed: number,
  count: number,
  recency: Recency,
  window: { from: number; to: number },
): number {
  const { from, to } = window;
  const chance = unit(seed, 10);
  switch (recency) {
    case 'today':
      return Math.floor(to - chance * Math.min(6 * HOUR, to % DAY));
    case 'last-30-days':
      return Math.floor(to - 2 * HOUR - chance * 28 * DAY);
    case 'any': {
      // A long thread needs enough time before its end.
      const earliest = Math.min(to, from + count * 1.5 * MINUTE);
      const drawn = Math.floor(earliest + Math.sqrt(chance) * (to - earliest));
      const inBusinessHours = drawn - (drawn % DAY) + Math.floor((13 + unit(seed, 17) * 8) * HOUR);
      return inBusinessHours < earliest || inBusinessHours > to ? drawn : inBusinessHours;
    }
  }
}

export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
