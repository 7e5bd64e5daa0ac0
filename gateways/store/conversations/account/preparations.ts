import type { DumpLocation } from '../../../../domain/conversations/dump.js';
import { regionOf } from '../../../../domain/conversations/records/phone.js';
import { sourceChannelOf } from '../../../../domain/conversations/source-channel.js';
import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import type { MigrationPayload } from '../../../../domain/conversations/payload.js';
import type { BrandStatus } from '../../../../domain/conversations/statuses.js';
import type { Store } from '../../sql/connect.js';
import { transaction } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';
import { ask } from '../../sql/ask.js';
import { readBrandMigration } from '../status/migration-columns.js';
import { accountFactsOf, writeAccountRow, writeBrandRows } from './payload-rows.js';
import type { StatusContext, StatusDraft } from '../status/status-draft.js';
import { changeStatuses } from '../status/status-writer.js';
import { begin, forgetLastFailures } from '../status/status-changes.js';

export interface PreparedAccount {
  /** In the payload's order. Includes brands that belong to another account here, whose provisioning fails. */
  readonly brands: readonly { readonly brandId: string; readonly status: BrandStatus }[];
  readonly paused: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Takes a payload for a start: writes rows for the account and its brands, the statuses of a start, the boundary of `recent` if it is not fixed yet,
 * and for each brand what its channels should become. A brand that the payload no longer names is ignored until it is named again; its imported data
 * stays. Idempotent; a later payload updates. Throws StoreUnavailable.
 */
export async function takePayload(
  store: Store,
  payload: MigrationPayload,
  recentDays: number,
  context?: StatusContext,
): Promise<PreparedAccount> {
  return transaction(store.control, 'take-payload', async (tx) => {
    const accountId = payload.account.account_id;
    const accountRowId = await writeAccountRow(tx, accountFactsOf(payload));
    const { foreign } = await writeBrandRows(tx, accountRowId, payload.brands);
    const isBegun = await hasPhases(tx, accountRowId);
    let prepared: PreparedAccount = { brands: [], paused: false };
    await changeStatuses(
      tx,
      accountId,
      (draft) => {
        if (draft.steering.resetting) throw resetUnderWay(accountId);
        takeBrands(draft, payload, foreign);
        takeDump(draft, payload, isBegun);
        begin(draft);
        for (const brandId of foreign) draft.addForeignBrand(brandId, heldByAnother(accountId, brandId));
        forgetLastFailures(draft);
        fixBoundary(draft, recentDays);
        prepared = resultOf(draft, payload);
      },
      context,
    );
    return prepared;
  });
}

/** A migration that is being ended must not restart work that a reset removes. Transient, because the reset starts the migration again. */
function resetUnderWay(accountId: string): CarryoverError {
  return new CarryoverError('StoreUnavailable', `Account ${accountId} is being reset.`);
}

/** The failure of a brand whose id belongs to another account here. */
export function heldByAnother(accountId: string, brandId: string): Failure {
  return {
    type: 'ChannelImpossible',
    message: `Brand ${brandId} of account ${accountId} belongs to another account here, so none of its channels can be created.`,
  };
}

function takeBrands(draft: StatusDraft, payload: MigrationPayload, foreign: readonly string[]): void {
  draft.patchAccount({ region: regionOf(payload.account.locale) });
  for (const brand of draft.counted) draft.patchBrand(brand, { withdrawn: true });
  const isForeign = new Set(foreign);
  for (const [position, { brand_id: brandId, channels }] of payload.brands.entries()) {
    const brand = isForeign.has(brandId) ? undefined : draft.brand(brandId);
    if (!brand) continue;
    const source = { channels: channels.map((channel) => sourceChannelOf(channel, draft.accountId)) };
    draft.patchBrand(brand, { position, withdrawn: undefined, source });
  }
}

/** Tables and a dump are read differently, so a check of one says nothing about the other. */
function takeDump(draft: StatusDraft, { messages }: MigrationPayload, isBegun: boolean): void {
  const dump = messages.kind === 's3' ? { bucket: messages.bucket, prefix: messages.prefix } : undefined;
  const switched = isBegun ? switchedSource(draft.accountId, draft.migration?.dump, messages) : undefined;
  if (switched) throw switched;
  draft.patchAccount({ dump });
}

/** Why the messages cannot be read from the payload's location: an import from another one has begun. Undefined if they can. */
export function switchedSource(
  accountId: string,
  held: DumpLocation | undefined,
  messages: MigrationPayload['messages'],
): CarryoverError | undefined {
  const isDump = messages.kind === 's3';
  if (isDump === (held !== undefined)) return undefined;
  const [from, to] = held === undefined ? ['tables', 'a dump'] : ['a dump', 'tables'];
  return new CarryoverError(
    'PayloadImpossible',
    `The messages of account ${accountId} are being imported from ${from}, and its migration payload now names ${to}.`,
  );
}

export async function hasPhases(tx: Transaction, accountRowId: bigint): Promise<boolean> {
  const rows = await tx.rows`
    SELECT FROM carryover.phases p JOIN brands b ON b.unit_id = p.unit_id WHERE b.account_id = ${accountRowId} LIMIT 1`;
  return rows.length > 0;
}

/** MUST be fixed once: a message stays recent or remaining for ever, however often the migration starts. */
function fixBoundary(draft: StatusDraft, recentDays: number): void {
  if (draft.migration?.recentSince !== undefined) return;
  const startedAt = Date.parse(draft.steering.startedAt ?? draft.at);
  draft.patchAccount({ recentSince: new Date(startedAt - recentDays * DAY_MS).toISOString() });
}

function resultOf(draft: StatusDraft, payload: MigrationPayload): PreparedAccount {
  return {
    brands: payload.brands.map(({ brand_id: brandId }) => ({
      brandId,
      status: draft.brand(brandId)?.migration?.status ?? 'migrating',
    })),
    paused: draft.steering.paused !== undefined,
  };
}

/** The brand's channels as stored by the preparation; undefined if there are none or a failure made them stale. */
export async function readBrandSource(
  { control }: Store,
  { accountId, brandId }: { readonly accountId: string; readonly brandId: string },
): Promise<readonly SourceChannel[] | undefined> {
  const [brand] = await ask<{ migration: unknown }>(
    control,
    `SELECT b.migration FROM brands b JOIN accounts a ON a.id = b.account_id
     WHERE b.source_id = $1 AND a.source_id = $2`,
    [brandId, accountId],
  );
  return readBrandMigration(brand?.migration)?.source?.channels;
}
