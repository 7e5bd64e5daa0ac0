/** What a brand failed at and has not got past: survives the starts in between, during which its status word is another. */

import type { RecordedFailure } from '../../../../domain/engine/failures.js';
import type { BrandStatus } from '../../../../domain/conversations/statuses.js';
import type { BrandFailureKind, BrandMigration } from './migration-columns.js';

type Unresolved = BrandMigration['unresolved'];

const KIND_OF: Partial<Record<BrandStatus, BrandFailureKind>> = {
  'channel-failure': 'brand',
  'recent-messages-failure': 'recent-messages',
  'remaining-messages-failure': 'remaining-messages',
};

/**
 * The column's member once the brand has the status `to`:
 *
 * - A failed status adds its kind. One start counts once; `since` is the first failure, whatever type each had.
 * - A new start keeps everything.
 * - What the brand gets past is gone: with its recent messages the first two kinds, with all its messages everything. A
 *   cancellation takes back what it had failed at too.
 */
export function unresolvedAfter(
  before: BrandMigration | undefined,
  to: BrandStatus,
  failure: RecordedFailure | undefined,
  now: string,
): Unresolved {
  const held = before?.unresolved;
  const kind = KIND_OF[to];
  if (kind !== undefined)
    return failure ? { ...held, [kind]: again(held?.[kind], before, to, failure, now) } : held;
  switch (to) {
    case 'pending':
    case 'all-messages-migrated':
      return undefined;
    case 'recent-messages-migrated':
      return without(held, ['brand', 'recent-messages']);
    case 'none':
    case 'migrating':
    case 'channel-failure':
    case 'recent-messages-failure':
    case 'remaining-messages-failure':
      return held;
  }
}

function again(
  previous: RecordedFailure | undefined,
  before: BrandMigration | undefined,
  to: BrandStatus,
  failure: RecordedFailure,
  now: string,
): RecordedFailure {
  const isSameStart = before?.status === to;
  if (previous === undefined) return isSameStart ? failure : { ...failure, since: now, times: 1 };
  return { ...failure, since: previous.since, times: previous.times + (isSameStart ? 0 : 1) };
}

export function without(held: Unresolved, kinds: readonly BrandFailureKind[]): Unresolved {
  const kept = Object.entries(held ?? {}).filter(([kind]) => !kinds.includes(kind as BrandFailureKind));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
