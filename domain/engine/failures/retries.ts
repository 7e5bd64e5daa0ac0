/** Work that failed and is being retried, and when to record it. */

export interface RetriedWork {
  /** The activity's name. */
  readonly activity: string;
  readonly unit: string | null;
  /** What it concerns within the unit; null if several items fail alike. */
  readonly item: string | null;
  readonly phase: string | null;
  /** How many fail alike: lanes of an import, or ports. */
  readonly tasks: number;
  readonly type: string;
  readonly message: string;
  /** The latest failed attempt; the first is 1. */
  readonly attempt: number;
  readonly since: Date;
  /** Null while an attempt is running. */
  readonly nextTryAt: Date | null;
}

const RARELY_MS = 10_000;

/** True for the first failure, then at growing intervals: quick attempts at each power of two, slow ones always. */
export function shouldRecordRetry(attempt: number, nextTryInMs: number): boolean {
  return nextTryInMs >= RARELY_MS || isPowerOfTwo(attempt);
}

/** Keeps the workflow's history short: true from the fourth attempt, at each power of two. */
export function shouldSignalRetry(attempt: number): boolean {
  return attempt >= 4 && isPowerOfTwo(attempt);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
