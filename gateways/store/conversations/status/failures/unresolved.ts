/** Unresolved failures of a brand, which survive later starts although those change its status. */

import type { RecordedFailure } from '../../../../../domain/engine/failures/failures.js';
import type { BrandStatus } from '../../../../../domain/conversations/statuses.js';
import type { BrandFailureKind, BrandMigration } from '../migration-columns.js';

type Unresolved = BrandMigration['unresolved'];

const KIND_OF: Partial<Record<BrandStatus, BrandFailureKind>> = {
  'channel-failure': 'brand',
  'recent-messages-failure': 'recent-messages',
  'remaining-messages-failure': 'remaining-messages',
};

/**
 * The unresolved failures once the brand has the status `to`:
 *
 * - A failed status adds its kind. Each start counts once; `since` is the first failure, whatever its type.
 * - A new start keeps everything.
 * - Progress resolves failures: recent messages resolve the first two kinds, all messages resolve everything. So does a cancellation.
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
