import type {
  AccountStatus,
  BrandStatus,
  ChannelStatus,
  CoarseStatus,
} from '../../../../domain/conversations/statuses.js';
import { coarseStatus } from '../../../../domain/conversations/statuses.js';
import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import { storeError } from '../../sql/errors.js';
import {
  readAccountMigration,
  readBrandMigration,
  readChannelMigration,
} from '../status/migration-columns.js';

/** The answer of GET /v2/accounts/{account_id}. */
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

/** The statuses of accounts that the store has, by account id. Throws StoreUnavailable. */
export async function readAccountStatuses(
  { pool }: Store,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, AccountStatus>> {
  const rows = await ask<{ source_id: string; migration: unknown }>(pool, {
    name: 'account-statuses',
    text: 'SELECT source_id, migration FROM accounts WHERE source_id = ANY($1)',
    values: [accountIds],
  });
  return new Map(
    rows.map(({ source_id: id, migration }) => [id, readAccountMigration(migration)?.status ?? 'none']),
  );
}

/** Brands and channels in the payload's order, followed by those that it does not name. Undefined if the store has no such account. */
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
