/** Parses the signals of conversations. As in `engine/signals.ts`, nothing here throws. */

import { membersOf } from '../engine/signals.js';
import { PORTING_STATUSES, type PortingState } from './porting.js';

/** Undefined without a known status. */
export function portingNewsOf(argument: unknown, now: string): PortingState | undefined {
  const { status, at } = membersOf(argument);
  const known = PORTING_STATUSES.find((word) => word === status);
  return known && { status: known, at: typeof at === 'string' ? at : now };
}

/**
 * Which quarantined records to retry; all of the account without `records`. Undefined if `records` is not a list of ids: a mistake must not widen the
 * request.
 */
export function quarantineRetryOf(argument: unknown): { readonly records?: readonly string[] } | undefined {
  const { records } = membersOf(argument);
  if (records === undefined || records === null) return {};
  if (!Array.isArray(records)) return undefined;
  const ids = records.filter((id): id is string => typeof id === 'string');
  return ids.length === records.length ? { records: ids } : undefined;
}
