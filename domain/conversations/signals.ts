/** Signals of conversations as they arrive; as in `engine/signals.ts`, nothing here throws. */

import { membersOf } from '../engine/signals.js';
import { PORTING_STATUSES, type PortingState } from './porting.js';

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
