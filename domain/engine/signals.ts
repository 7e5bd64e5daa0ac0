/**
 * Signals as they arrive. Anybody with access to Temporal can send one by hand, without an argument or with a wrong one; an
 * error thrown by a signal's handler fails the workflow task, and Temporal repeats that task for ever. So nothing here throws.
 */

import type { PhaseDoneSignal, RetryingSignal, Steering } from './messages.js';

/** Who steers by Temporal's own means, where nobody says who it is. */
export const BY_HAND = 'somebody in Temporal';

/** @param now ISO 8601, for a signal that says no time */
export function steeringOf(argument: unknown, now: string): Steering {
  const { by, at } = membersOf(argument);
  return {
    by: typeof by === 'string' ? by : BY_HAND,
    at: typeof at === 'string' ? at : now,
  };
}

/** Undefined where it names no unit or no phase. */
export function phaseDoneOf(argument: unknown): PhaseDoneSignal | undefined {
  const { unit, phase } = membersOf(argument);
  return typeof unit === 'string' && typeof phase === 'string' ? { unit, phase } : undefined;
}

/** Undefined where it does not say all of it. */
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
