/** What can happen to the statuses of one account, as changes of a draft. Each, made again, changes nothing more. */

import type { Phase } from '../../../../domain/conversations/phases.js';
import * as steering from '../../../../domain/engine/steering.js';
import { recordFailure } from '../../../../domain/engine/failures.js';
import type { Failure } from '../../../../domain/engine/failures.js';
import { brandStatusAtStart, hasRecentMessages } from '../../../../domain/conversations/statuses.js';
import type { BrandDraft, StatusDraft } from './status-draft.js';

/**
 * Somebody asked for a start: what failed or waits is `migrating` at once, what is finished stays, a cancellation and the
 * account's own failure are laid aside; a pause holds. Works for an account whose brands are not known yet.
 */
export function begin(draft: StatusDraft, by?: string): void {
  const isRunning = draft.steering.started && draft.status() === 'migrating';
  draft.setAccountFailure(undefined);
  draft.patchAccount({
    foreignBrands: undefined,
    lastForeignBrands: draft.migration?.foreignBrands ?? draft.migration?.lastForeignBrands,
  });
  draft.steering = steering.started(draft.steering, { by, at: draft.at, isRunning });
  for (const brand of draft.counted)
    draft.setBrand(brand, brandStatusAtStart(brand.migration?.status ?? 'none'));
}

/** A payload was taken: what kept the account itself from being migrated is over, or was found again and is told anew. */
export function forgetLastFailures(draft: StatusDraft): void {
  draft.patchAccount({ lastFailure: undefined, lastForeignBrands: undefined });
}

/**
 * A start that cannot be, as the account is at Conversations: the failure is told and counted once more; brands and channels stay
 * as they are. Answers false, and changes nothing, where the migration is under way or done: what was asked about is over then.
 */
export function refuseStart(draft: StatusDraft, failure: Failure): boolean {
  const status = draft.status();
  if (status !== 'pending' && status !== 'brand-failure') return false;
  draft.setAccountFailure(undefined);
  draft.setAccountFailure(failure);
  return true;
}

/**
 * The failed status that goes with what was being done. A brand that has its recent messages keeps them: whatever fails
 * then is a failure of the remaining ones, which the app ignores.
 */
export function failBrand(
  draft: StatusDraft,
  brand: BrandDraft,
  during: 'channels' | Phase,
  failure: Failure,
): void {
  const status = brand.migration?.status ?? 'none';
  // Nothing has failed: the second call of a dump is yet to come. Why the migration has come to an end is told beside the status.
  if (status === 'recent-messages-migrated' && failure.type === 'DumpIncomplete') {
    const { failure: told, lastFailure } = brand.migration ?? {};
    if (told?.type !== failure.type)
      draft.patchBrand(brand, { failure: recordFailure(failure, lastFailure, draft.at) });
    return;
  }
  if (hasRecentMessages(status)) draft.setBrand(brand, 'remaining-messages-failure', failure);
  else draft.setBrand(brand, during === 'channels' ? 'channel-failure' : 'recent-messages-failure', failure);
}

/**
 * The account as a whole cannot be migrated: `brand-failure`, and why; brands that nobody has begun to work on wait again. Where
 * every brand can be used already, people go on using them: then it is the remaining messages that failed.
 */
export function failAccount(draft: StatusDraft, failure: Failure): void {
  const brands = draft.counted;
  const usable =
    brands.length > 0 && brands.every((brand) => hasRecentMessages(brand.migration?.status ?? 'none'));
  if (!usable) {
    draft.setAccountFailure(failure);
    for (const brand of brands) if (!isPrepared(brand)) takeBack(draft, brand);
    return;
  }
  for (const brand of brands) {
    if (brand.migration?.status !== 'all-messages-migrated') failBrand(draft, brand, 'remaining', failure);
  }
}

/** No preparation has got so far, or what it kept was laid aside by a failure. */
function isPrepared(brand: BrandDraft): boolean {
  return brand.migration?.source !== undefined;
}

/**
 * The migration has ended because somebody cancelled it: what is done stays, brands without their recent messages are
 * `pending` again, failed ones too, else the app would start them again by itself.
 */
export function cancel(draft: StatusDraft, by: string): void {
  draft.setAccountFailure(undefined);
  draft.steering = steering.ended(draft.steering, { by, since: draft.at });
  draft.patchAccount({ foreignBrands: undefined });
  forgetLastFailures(draft);
  for (const brand of draft.counted) takeBack(draft, brand);
}

function takeBack(draft: StatusDraft, brand: BrandDraft): void {
  if (hasRecentMessages(brand.migration?.status ?? 'none')) return;
  if (brand.migration?.status !== 'pending') {
    draft.setBrand(brand, 'migrating');
    draft.setBrand(brand, 'pending');
  }
  for (const channel of brand.channels) {
    if (channel.migration?.status === 'migrating') draft.setChannel(channel, 'pending');
  }
}
