import { timeInKey, timestampOf } from '../records/time.js';

/** Polling rereads this long before its position, to catch late writes. */
export const OVERLAP_MS = 15 * 60_000;

/** The interval between two polls of a brand: the shortest while there is news, the longest after a long time without. */
export const SHORTEST_INTERVAL_MS = 15_000;
export const LONGEST_INTERVAL_MS = 300_000;

/** Doubles after each poll without news, or with a failure of the source. */
export function nextInterval(intervalMs: number, hasNews: boolean): number {
  return hasNews ? SHORTEST_INTERVAL_MS : Math.min(2 * intervalMs, LONGEST_INTERVAL_MS);
}

/**
 * The key from which a poll reads. No record has it: it lacks the zone. DynamoDB Local loses records when a page ends among several that share the
 * key at the query's lower end.
 */
export function pollFrom(position: Date): string {
  return new Date(position.getTime() - OVERLAP_MS).toISOString().slice(0, -1);
}

/**
 * The position after a pass over the index, begun at `began`, has read these keys. It is their newest time that is not after `began`: a record that
 * arrives during the pass may sort before keys already read, so the next pass must read there again. Keys in the future, and keys that are not times,
 * do not move the position, and it never goes back.
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

/** Undefined for times whose form the index sorts before the same time in our form, as with a zone west of UTC: keys in between may not be read. */
function timeOf(key: string): Date | undefined {
  const timestamp = timestampOf(timeInKey(key));
  if (timestamp === undefined) return undefined;
  const time = new Date(Number(BigInt(timestamp.micros) / 1_000n));
  const isInOrder = !Number.isNaN(time.getTime()) && time.toISOString() <= key;
  return isInOrder ? time : undefined;
}
