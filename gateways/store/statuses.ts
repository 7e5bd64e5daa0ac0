import type { Failure } from '../../domain/failures.js';
import type { AccountStatus, BrandStatus, ChannelStatus } from '../../domain/statuses.js';
import { brandStatusAtStart, hasRecentMessages } from '../../domain/statuses.js';
import type { StoreTransaction } from './connect.js';
import type { StatusContext, StatusDraft } from './status-draft.js';
import { changeStatuses } from './status-writer.js';
import type { StatusChange } from './status-writer.js';

export { changeStatuses, lockAccount } from './status-writer.js';
export type { StatusChange } from './status-writer.js';
export type { StatusContext, StatusDraft } from './status-draft.js';

/**
 * What can happen to statuses, by name. Each runs in the caller's transaction (`inTransaction` of connect.ts), where it may
 * stand beside other writes; each said again changes nothing; each answers undefined when the store has no such account.
 */

export interface Start {
  readonly status: AccountStatus;
  /** False when all messages are migrated: there is nothing to start. */
  readonly begun: boolean;
}

/**
 * Somebody asked for a start: what failed or waits is `migrating` at once, what is finished stays, a cancellation and the
 * account's own failure are laid aside; a pause holds. Works for an account whose brands are not known yet.
 */
export async function beginStart(
  tx: StoreTransaction,
  accountId: string,
  by: string,
  context?: StatusContext,
): Promise<Start | undefined> {
  let begun = false;
  const change = await changeStatuses(
    tx,
    accountId,
    (draft) => {
      begun = draft.status() !== 'all-messages-migrated';
      if (begun) begin(draft, by);
    },
    context,
  );
  return change && { status: change.status, begun };
}

/** The words of a start, within a change that does more. */
export function begin(draft: StatusDraft, by?: string): void {
  const running = draft.migration?.started === true && draft.status() === 'migrating';
  draft.setAccountFailure(undefined);
  draft.patchAccount({
    started: true,
    startedAt: draft.migration?.startedAt ?? draft.at,
    restartedAt: running ? draft.migration?.restartedAt : draft.at,
    startedBy: running ? draft.migration?.startedBy : (by ?? draft.migration?.startedBy),
    cancelled: undefined,
    foreignBrands: undefined,
  });
  for (const brand of draft.counted)
    draft.setBrand(brand, brandStatusAtStart(brand.migration?.status ?? 'none'));
}

export async function setBrandStatus(
  tx: StoreTransaction,
  brand: { readonly accountId: string; readonly brandId: string },
  status: BrandStatus,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeBrand(tx, brand, (draft, found) => draft.setBrand(found, status), context);
}

export async function setChannelStatus(
  tx: StoreTransaction,
  channel: { readonly accountId: string; readonly channelId: string },
  status: ChannelStatus,
  failure?: Failure,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(
    tx,
    channel.accountId,
    (draft) => {
      const found = draft.channel(channel.channelId);
      if (found) draft.setChannel(found, status, failure);
    },
    context,
  );
}

/**
 * The failed status that goes with what was being done. A brand that has its recent messages keeps them: whatever fails
 * then is a failure of the remaining ones, which the app ignores.
 */
export async function recordBrandFailure(
  tx: StoreTransaction,
  brand: { readonly accountId: string; readonly brandId: string },
  during: 'channels' | 'recent' | 'remaining',
  failure: Failure,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeBrand(tx, brand, (draft, found) => failBrand(draft, found, during, failure), context);
}

export function failBrand(
  draft: StatusDraft,
  brand: StatusDraft['brands'][number],
  during: 'channels' | 'recent' | 'remaining',
  failure: Failure,
): void {
  const status = brand.migration?.status ?? 'none';
  if (hasRecentMessages(status)) draft.setBrand(brand, 'remaining-messages-failure', failure);
  else draft.setBrand(brand, during === 'channels' ? 'channel-failure' : 'recent-messages-failure', failure);
}

/**
 * The account as a whole cannot be migrated: `brand-failure`, and why. Where every brand can be used already, people go on
 * using them: then it is the remaining messages that failed.
 */
export async function recordAccountFailure(
  tx: StoreTransaction,
  accountId: string,
  failure: Failure,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(tx, accountId, (draft) => failAccount(draft, failure), context);
}

export function failAccount(draft: StatusDraft, failure: Failure): void {
  const brands = draft.counted;
  const usable =
    brands.length > 0 && brands.every((brand) => hasRecentMessages(brand.migration?.status ?? 'none'));
  if (!usable) return draft.setAccountFailure(failure);
  for (const brand of brands) {
    if (brand.migration?.status !== 'all-messages-migrated') failBrand(draft, brand, 'remaining', failure);
  }
}

/** An operator asked for an end: imports read this with each batch. The statuses follow with `recordCancellation`. */
export async function requestCancellation(
  tx: StoreTransaction,
  accountId: string,
  by: string,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(
    tx,
    accountId,
    (draft) => {
      if (draft.migration && !draft.migration.cancelled)
        draft.patchAccount({ cancelled: { by, since: draft.at } });
    },
    context,
  );
}

/**
 * The migration has ended because somebody cancelled it: what is done stays, brands without their recent messages are
 * `pending` again, failed ones too, else the app would start them again by itself.
 */
export async function recordCancellation(
  tx: StoreTransaction,
  accountId: string,
  by: string,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(
    tx,
    accountId,
    (draft) => {
      draft.setAccountFailure(undefined);
      const cancelled = draft.migration?.cancelled ?? { by, since: draft.at };
      draft.patchAccount({ started: undefined, cancelled, foreignBrands: undefined });
      for (const brand of draft.counted) takeBack(draft, brand);
    },
    context,
  );
}

function takeBack(draft: StatusDraft, brand: StatusDraft['brands'][number]): void {
  if (hasRecentMessages(brand.migration?.status ?? 'none')) return;
  if (brand.migration?.status !== 'pending') {
    draft.setBrand(brand, 'migrating');
    draft.setBrand(brand, 'pending');
  }
  for (const channel of brand.channels) {
    if (channel.migration?.status === 'migrating') draft.setChannel(channel, 'pending');
  }
}

/** Imports stop within a batch, and a new run begins paused. */
export async function setPaused(
  tx: StoreTransaction,
  accountId: string,
  by: string,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(
    tx,
    accountId,
    (draft) => {
      if (draft.migration && !draft.migration.paused) draft.patchAccount({ paused: { by, since: draft.at } });
    },
    context,
  );
}

export async function clearPaused(
  tx: StoreTransaction,
  accountId: string,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(
    tx,
    accountId,
    (draft) => {
      if (draft.migration?.paused) draft.patchAccount({ paused: undefined });
    },
    context,
  );
}

async function changeBrand(
  tx: StoreTransaction,
  brand: { readonly accountId: string; readonly brandId: string },
  change: (draft: StatusDraft, found: StatusDraft['brands'][number]) => void,
  context?: StatusContext,
): Promise<StatusChange | undefined> {
  return changeStatuses(
    tx,
    brand.accountId,
    (draft) => {
      const found = draft.brand(brand.brandId);
      if (found) change(draft, found);
    },
    context,
  );
}
