import { unit } from '../../../dev/sample/generator/random.js';
import { NOW, RECENT } from './now.js';

/** Messages are numbered thread by thread, and within a thread in the order of time. */
export interface Plan {
  /** The first message of each thread, and behind the last thread the number of all messages. */
  readonly firstOf: readonly number[];
  readonly threadOf: Uint32Array;
  /** Milliseconds. */
  readonly timeOf: Float64Array;
  /** All messages in the order of time. */
  readonly inOrder: Uint32Array;
}

const [HOUR, DAY] = [3_600_000, 86_400_000];
const LONGEST = 120;
/** With this power of a random number, `LONGEST` times it has a mean of 40. */
const SKEW = 1.98;
const RECENT_SHARE = 0.15;
/** Powers for the shares of time in which threads are active: people who write for years, for months, and for days. */
const SPANS = [1, 1, 1, 0.25, 0.25, 0.25, 0.02, 0.02, 0.02, 0.02] as const;
const OLDEST = NOW - 730 * DAY;
/** A day away from the border on both sides, since each worker draws it for itself. */
const [LAST_OLD, FIRST_RECENT, NEWEST] = [NOW - RECENT - DAY, NOW - RECENT + DAY, NOW - HOUR];

/** Deals messages to threads, and times to messages. */
export function planOf(seed: number, messages: number): Plan {
  const firstOf = [0];
  const threadOf = new Uint32Array(messages);
  const timeOf = new Float64Array(messages);
  for (let thread = 0, first = 0; first < messages; thread += 1) {
    const size = 1 + Math.floor(LONGEST * unit(seed, thread, 31) ** SKEW);
    const next = Math.min(messages, first + size);
    threadOf.fill(thread, first, next);
    timeOf.set(timesOf(seed, thread, next - first), first);
    firstOf.push((first = next));
  }
  const inOrder = Uint32Array.from(timeOf, (_, n) => n).sort((a, b) => (timeOf[a] ?? 0) - (timeOf[b] ?? 0));
  return { firstOf, threadOf, timeOf, inOrder };
}

/** Sorted. A thread whose span passes the end of the time range continues at its beginning. */
function timesOf(seed: number, thread: number, size: number): number[] {
  const span = SPANS[Math.floor(unit(seed, thread, 32) * SPANS.length)] ?? 1;
  const start = unit(seed, thread, 33);
  const places = Array.from(
    { length: size },
    (_, at) => start + (span * (at + unit(seed, thread, 34, at))) / size,
  );
  return places.map((place) => timeAt(place % 1)).sort((a, b) => a - b);
}

/** The time of a place between 0 and 1; the last places are recent. */
function timeAt(place: number): number {
  const border = 1 - RECENT_SHARE;
  const time =
    place < border
      ? OLDEST + (place / border) * (LAST_OLD - OLDEST)
      : FIRST_RECENT + ((place - border) / RECENT_SHARE) * (NEWEST - FIRST_RECENT);
  return Math.floor(time);
}
