/**
 * Signals as they arrive. Anybody with access to Temporal can send one by hand, without an argument or with a wrong one; an
 * error thrown by a signal's handler fails the workflow task, and Temporal repeats that task for ever. So nothing here throws.
 */

import { PARTS, type PartDoneSignal, type RetryingSignal, type Steering } from './messages.js';
import { PORTING_STATUSES, type PortingState } from '../conversations/porting.js';

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

/** Undefined where it names no brand or no part. */
export function partDoneOf(argument: unknown): PartDoneSignal | undefined {
  const { brandId, part } = membersOf(argument);
  const known = PARTS.find((word) => word === part);
  return typeof brandId === 'string' && known !== undefined ? { brandId, part: known } : undefined;
}

/** Undefined where it names no status. */
export function portingNewsOf(argument: unknown, now: string): PortingState | undefined {
  const { status, at } = membersOf(argument);
  const known = PORTING_STATUSES.find((word) => word === status);
  return known && { status: known, at: typeof at === 'string' ? at : now };
}

/**
 * Which quarantined records to retry: without `records`, all of the account. Undefined where `records` is no list of ids: a
 * mistake must not widen what was asked for.
 */
export function quarantineRetryOf(argument: unknown): { readonly records?: readonly string[] } | undefined {
  const { records } = membersOf(argument);
  if (records === undefined || records === null) return {};
  if (!Array.isArray(records)) return undefined;
  const ids = records.filter((id): id is string => typeof id === 'string');
  return ids.length === records.length ? { records: ids } : undefined;
}

/** Undefined where it does not say all of it. */
export function retryingOf(argument: unknown): RetryingSignal | undefined {
  const { activity, type, message, attempt, nextTryAt } = membersOf(argument);
  const texts = [activity, type, message, nextTryAt];
  if (typeof attempt !== 'number' || !texts.every((text) => typeof text === 'string')) return undefined;
  const [named = '', failed = '', why = '', next = ''] = texts;
  return { activity: named, type: failed, message: why, attempt, nextTryAt: next };
}

function membersOf(argument: unknown): Readonly<Record<string, unknown>> {
  return typeof argument === 'object' && argument !== null ? { ...argument } : {};
}
