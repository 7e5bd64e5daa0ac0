/**
 * Parses signals. Anyone with access to Temporal can send one by hand, with a missing or wrong argument. An error in a signal handler fails the
 * workflow task, which Temporal retries for ever, so nothing here throws.
 */

import type { PhaseDoneSignal, RetryingSignal, Steering } from './messages.js';

/** Used when a signal sent by hand does not name its sender. */
export const BY_HAND = 'somebody in Temporal';

/** @param now ISO 8601, for a signal without a time */
export function steeringOf(argument: unknown, now: string): Steering {
  const { by, at } = membersOf(argument);
  return {
    by: typeof by === 'string' ? by : BY_HAND,
    at: typeof at === 'string' ? at : now,
  };
}

/** Undefined without a unit or a phase. */
export function phaseDoneOf(argument: unknown): PhaseDoneSignal | undefined {
  const { unit, phase } = membersOf(argument);
  return typeof unit === 'string' && typeof phase === 'string' ? { unit, phase } : undefined;
}

/** Undefined if any member is missing. */
export function retryingOf(argument: unknown): RetryingSignal | undefined {
  const { activity, type, message, attempt, nextTryAt } = membersOf(argument);
  const texts = [activity, type, message, nextTryAt];
  if (typeof attempt !== 'number' || !texts.every((text) => typeof text === 'string')) return undefined;
  const [named = '', failed = '', why = '', next = ''] = texts;
  return { activity: named, type: failed, message: why, attempt, nextTryAt: next };
}

export function membersOf(argument: unknown): Readonly<Record<string, unknown>> {
  return typeof argument === 'object' && argument !== null ? { ...argument } : {};
}
