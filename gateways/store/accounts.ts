import { sourceChannelOf } from '../../domain/conversations/source-channel.js';
import type { MigrationPayload, SourceAccount } from '../../domain/payload.js';
import type { AccountStatus, BrandStatus, ChannelStatus, CoarseStatus } from '../../domain/statuses.js';
import { coarseStatus } from '../../domain/statuses.js';
import { inTransaction } from './connect.js';
import { storeError } from './errors.js';
import type { Store, StoreTransaction } from './connect.js';
import { readAccountMigration, readBrandMigration, readChannelMigration } from './migration-columns.js';
import { accountFactsOf, writeAccountRow, writeBrandRows } from './payload-rows.js';
import { changeStatuses } from './status-writer.js';
import type { StatusContext, StatusDraft } from './status-draft.js';

/** What GET /v2/accounts/{account_id} answers. */
export interface AccountView {
  readonly account_id: string;
  readonly name: string;
  readonly status: CoarseStatus;
  readonly migration_status: AccountStatus;
  readonly brands: readonly BrandView[];
}

export interface BrandView {
  readonly brand_id: string;
  readonly name: string;
  readonly migration_status: BrandStatus;
  readonly channels: readonly ChannelView[];
}

export interface ChannelView {
  readonly channel_id: string;
  readonly type: string;
  /** E.164. */
  readonly phone_number: string | null;
  readonly migration_status: ChannelStatus;
}

/** Brands and channels in the payload's order, then those that it does not name. Undefined when the store has no such account. */
export async function readAccountView(store: Store, accountId: string): Promise<AccountView | undefined> {
  const account = await store.prisma.account
    .findUnique({
      where: { sourceId: accountId },
      include: { brands: { orderBy: { id: 'asc' }, include: { channels: { orderBy: { id: 'asc' } } } } },
    })
    .catch((error: unknown) => {
      throw storeError(error);
    });
  if (!account) return undefined;
  const status = readAccountMigration(account.migration)?.status ?? 'none';
  return {
    account_id: account.sourceId,
    name: account.name,
    status: coarseStatus(status),
    migration_status: status,
    brands: inOrder(account.brands, (brand) => readBrandMigration(brand.migration)).map(
      ({ row, migration }) => ({
        brand_id: row.sourceId,
        name: row.name,
        migration_status: migration?.status ?? 'none',
        channels: inOrder(row.channels, (channel) => readChannelMigration(channel.migration)).map(
          (channel) => ({
            channel_id: channel.row.sourceId,
            type: channel.row.type,
            phone_number: channel.row.phoneNumber,
            migration_status: channel.migration?.status ?? 'none',
          }),
        ),
      }),
    ),
  };
}

interface Placed {
  readonly position?: number;
  readonly withdrawn?: boolean;
}

function inOrder<Row, Migration extends Placed>(
  rows: readonly Row[],
  read: (row: Row) => Migration | undefined,
): { row: Row; migration: Migration | undefined }[] {
  return rows
    .map((row) => ({ row, migration: read(row) }))
    .filter(({ migration }) => migration?.withdrawn !== true)
    .toSorted((a, b) => (a.migration?.position ?? Infinity) - (b.migration?.position ?? Infinity) || 0);
}

/**
 * Fills in an account of status `none` from what Conversations tells: rows for it and, where there is a payload, for its
 * brands and channels, all `pending`. An account that has a status is left alone. Brands and channels whose id is another's
 * here are left out: the start will say so. Throws StoreUnavailable.
 */
export async function fillInAccount(
  store: Store,
  source: SourceAccount,
  payload: MigrationPayload | undefined,
  context?: StatusContext,
): Promise<void> {
  await inTransaction(store, async (tx) => {
    const facts = payload ? accountFactsOf(payload) : { accountId: source.account_id, name: source.name };
    const held = await tx.account.findUnique({ where: { sourceId: source.account_id } });
    if (held && (readAccountMigration(held.migration)?.status ?? 'none') !== 'none') return;
    const accountRowId = await writeAccountRow(tx, facts);
    // Somebody may have begun the migration before the row was locked.
    const locked = await tx.account.findUniqueOrThrow({ where: { id: accountRowId } });
    if ((readAccountMigration(locked.migration)?.status ?? 'none') !== 'none') return;
    const nameRows = payload ? await fillInBrands(tx, accountRowId, payload) : undefined;
    await changeStatuses(
      tx,
      source.account_id,
      (draft) => {
        draft.patchAccount({ status: 'pending' });
        nameRows?.(draft);
      },
      context,
    );
  });
}

/**
 * Rows for the payload's brands and channels; answers the change that gives these a status. Others of the account were here
 * before, are no part of the migration, and keep having none.
 */
async function fillInBrands(
  tx: StoreTransaction,
  accountRowId: bigint,
  payload: MigrationPayload,
): Promise<(draft: StatusDraft) => void> {
  const { own } = await writeBrandRows(tx, accountRowId, payload.brands);
  const channels = payload.brands.flatMap((brand) => {
    const brandId = own.get(brand.brand_id);
    if (brandId === undefined) return [];
    const sources = brand.channels.map((channel) => sourceChannelOf(channel));
    return sources.filter((source) => source.idLost !== true).map((source) => ({ brandId, source }));
  });
  await tx.channel.createMany({
    data: channels.map(({ brandId, source: { channelId, type, name, phoneNumber } }) => ({
      brandId,
      sourceId: channelId,
      type,
      name,
      phoneNumber,
    })),
    skipDuplicates: true,
  });
  const places = new Map(
    channels.map(({ source }, place) => [source.channelId, { place, port: source.port }]),
  );
  return (draft) => {
    for (const [position, { brand_id: brandId }] of payload.brands.entries()) {
      const brand = draft.brand(brandId);
      if (!brand) continue;
      draft.patchBrand(brand, { position });
      draft.setBrand(brand, 'pending');
      for (const channel of brand.channels) {
        const known = places.get(channel.channelId);
        if (!known) continue;
        draft.patchChannel(channel, { position: known.place, port: known.port });
        draft.setChannel(channel, 'pending');
      }
    }
  };
}
