import { timeInKey, timestampOf } from '../records/time.js';

/** Polling rereads this long before its position, to catch late writes. */
export const OVERLAP_MS = 15 * 60_000;

/** Between two polls of a brand, while news come and when none have come for long. */
export const SHORTEST_INTERVAL_MS = 15_000;
export const LONGEST_INTERVAL_MS = 300_000;

/** Twice as long each time that nothing came, or that the source failed. */
export function nextInterval(intervalMs: number, hasNews: boolean): number {
  return hasNews ? SHORTEST_INTERVAL_MS : Math.min(2 * intervalMs, LONGEST_INTERVAL_MS);
}

/**
 * The key from which a poll reads. No record has it: it lacks the zone. DynamoDB Local loses records when a page ends among several with one key that is
 * the query's lower end.
 */
export function pollFrom(position: Date): string {
  return new Date(position.getTime() - OVERLAP_MS).toISOString().slice(0, -1);
}

/**
 * The position once all keys up to the last of these are read, by a pass over the index that began at `began`. It is the newest time in them that is
 * not after `began`: what comes while a pass is reading may come behind it, and the next one must look there again. So neither a key of the future nor one
 * that is no time moves it, and it never goes back.
 *
 * @param keys in the index's order
 */
export function positionAfter(position: Date, keys: readonly string[], began: Date): Date {
  for (const key of keys.toReversed()) {
    const time = timeOf(key);
    if (time !== undefined && time <= began) return time > position ? time : position;
  }
  return position;
}

/** Undefined for times in a form that the index sorts before the same time in ours, as with a zone west of UTC: keys in between may not be read. */
function timeOf(key: string): Date | undefined {
  const timestamp = timestampOf(timeInKey(key));
  if (timestamp === undefined) return undefined;
  const time = new Date(Number(BigInt(timestamp.micros) / 1_000n));
  const isInOrder = !Number.isNaN(time.getTime()) && time.toISOString() <= key;
  return isInOrder ? time : undefined;
}
