/** Changes of an account's statuses, as changes of a draft. All are idempotent. */

import type { Phase } from '../../../../domain/conversations/phases.js';
import * as steering from '../../../../domain/engine/steering.js';
import { recordFailure } from '../../../../domain/engine/failures/failures.js';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import { brandStatusAtStart, hasRecentMessages } from '../../../../domain/conversations/statuses.js';
import type { BrandDraft, StatusDraft } from './status-draft.js';

/**
 * Starts the migration: sets what failed or waits to `migrating`, keeps what is done, clears a cancellation and the account's own failure, and keeps
 * a pause. Also works while the account's brands are unknown.
 */
export function begin(draft: StatusDraft, by?: string): void {
  const isRunning = draft.steering.started && draft.status() === 'migrating';
  draft.setAccountFailure(undefined);
  draft.patchAccount({
    startRefused: undefined,
    foreignBrands: undefined,
    lastForeignBrands: draft.migration?.foreignBrands ?? draft.migration?.lastForeignBrands,
  });
  draft.steering = steering.started(draft.steering, { by, at: draft.at, isRunning });
  for (const brand of draft.counted)
    draft.setBrand(brand, brandStatusAtStart(brand.migration?.status ?? 'none'));
}

/** Called when a payload was taken: clears the account's earlier failures, which are over or have been recorded again. */
export function forgetLastFailures(draft: StatusDraft): void {
  draft.patchAccount({ lastFailure: undefined, lastForeignBrands: undefined });
}

/**
 * Refuses a start that is impossible because of the account's state in Conversations: records the failure once more, and leaves brands and channels
 * unchanged. Returns false, and changes nothing, if the migration is running or done.
 */
export function refuseStart(draft: StatusDraft, failure: Failure): boolean {
  const status = draft.status();
  if (status !== 'pending' && status !== 'brand-failure') return false;
  draft.setAccountFailure(undefined);
  draft.setAccountFailure(failure);
  draft.patchAccount({ startRefused: true });
  return true;
}

/**
 * Sets the failed status for the step that failed. A brand with its recent messages keeps them: any later failure is one of the remaining messages,
 * which the app ignores.
 */
export function failBrand(
  draft: StatusDraft,
  brand: BrandDraft,
  during: 'channels' | Phase,
  failure: Failure,
): void {
  const status = brand.migration?.status ?? 'none';
  // Not a failure: the second part of the dump is still to come. The reason why the migration ended is recorded beside the status.
  if (status === 'recent-messages-migrated' && failure.type === 'DumpIncomplete') {
    const { failure: recorded, lastFailure } = brand.migration ?? {};
    if (recorded?.type !== failure.type)
      draft.patchBrand(brand, { failure: recordFailure(failure, lastFailure, draft.at) });
    return;
  }
  if (hasRecentMessages(status)) draft.setBrand(brand, 'remaining-messages-failure', failure);
  else draft.setBrand(brand, during === 'channels' ? 'channel-failure' : 'recent-messages-failure', failure);
}

/**
 * The account as a whole cannot be migrated: sets `brand-failure`, and brands that nobody has begun to work on wait again. If every brand is usable
 * already, people continue to use them: the remaining messages failed.
 *
 * A run reports its failure more than once, and may do so after a newer start was refused. It then changes nothing.
 */
export function failAccount(draft: StatusDraft, failure: Failure): void {
  const brands = draft.counted;
  const usable =
    brands.length > 0 && brands.every((brand) => hasRecentMessages(brand.migration?.status ?? 'none'));
  if (!usable) {
    if (draft.migration?.startRefused === true) return;
    draft.setAccountFailure(failure);
    for (const brand of brands) if (!isPrepared(brand)) returnToPending(draft, brand);
    return;
  }
  for (const brand of brands) {
    if (brand.migration?.status !== 'all-messages-migrated') failBrand(draft, brand, 'remaining', failure);
  }
}

/** False if no preparation got this far, or a failure has removed what it stored. */
function isPrepared(brand: BrandDraft): boolean {
  return brand.migration?.source !== undefined;
}

/**
 * The migration has ended after a cancellation: keeps what is done, and sets brands without their recent messages to `pending`, including failed
 * ones, because the app would start those again.
 */
export function cancel(draft: StatusDraft, by: string): void {
  draft.setAccountFailure(undefined);
  draft.steering = steering.ended(draft.steering, { by, since: draft.at });
  draft.patchAccount({ startRefused: undefined, foreignBrands: undefined });
  forgetLastFailures(draft);
  for (const brand of draft.counted) returnToPending(draft, brand);
}

function returnToPending(draft: StatusDraft, brand: BrandDraft): void {
  if (hasRecentMessages(brand.migration?.status ?? 'none')) return;
  if (brand.migration?.status !== 'pending') {
    draft.setBrand(brand, 'migrating');
    draft.setBrand(brand, 'pending');
  }
  for (const channel of brand.channels) {
    if (channel.migration?.status === 'migrating') draft.setChannel(channel, 'pending');
  }
}
