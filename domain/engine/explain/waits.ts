/** The reasons for which a migration waits, each with the facts that its sentence states. */

export const REASONS = [
  'not-started',
  'done',
  'cancelled',
  'cancelling',
  'resetting',
  'paused',
  'temporal-away',
  'undelivered',
  'refused',
  'failed',
  'stopped',
  'no-worker',
  'free-slot',
  'worker-silent',
  'foreign-lease',
  'source-away',
  'store-away',
  'throttled',
  'retrying',
  'held-back',
  'carrier',
  'catching-up',
  'between-steps',
  'working',
] as const;
export type Reason = (typeof REASONS)[number];

/** Nothing holds the migration back in these. */
const NOT_WAITING: ReadonlySet<Reason> = new Set(['done', 'working', 'cancelled', 'not-started']);

export function isWaiting(reason: Reason): boolean {
  return !NOT_WAITING.has(reason);
}

/** Why one unit, or the migration as a whole, does not continue. */
export interface Wait {
  readonly reason: Reason;
  /** Null for the whole migration. */
  readonly unit: string | null;
  /** ISO 8601; null if unknown. */
  readonly since: string | null;
  /** A clause that names no unit twice: `Conversations throttles …`. Without its full stop. */
  readonly clause: string;
  readonly nextStep: string | null;
  /** About how many records it keeps from being read; 0 if unknown. */
  readonly left: number;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}
