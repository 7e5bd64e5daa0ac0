import type { BrandStatus } from '../../domain/statuses.js';
import type { Prisma } from '../../generated/prisma/client.js';
import type { StoreTransaction } from './connect.js';
import { readAccountMigration, readBrandMigration, readChannelMigration } from './migration-columns.js';
import { StatusDraft } from './status-draft.js';
import type { StatusContext } from './status-draft.js';

/** What a change looks at, where that is not all of the account: one brand, the brands that have a channel with a number, or none. */
export type StatusScope = 'account' | { readonly brandId: string } | { readonly phoneNumber: string };

/** How many counted brands of an account are in each status. */
export type BrandTally = { readonly [status in BrandStatus]?: number };

export interface LockedAccount {
  readonly rowId: bigint;
  readonly accountId: string;
}

/** Accounts whose rows are locked, with all of their brands. */
export function readWhole(
  tx: StoreTransaction,
  accounts: readonly LockedAccount[],
  context: StatusContext,
): Promise<StatusDraft[]> {
  return readDrafts(tx, accounts, {}, undefined, context);
}

/**
 * The brands of the scope; of the others only how many are in each status, as the latest change has left it beside the document.
 * Undefined when that is not known: another version of this program has written the document.
 */
export async function readPart(
  tx: StoreTransaction,
  account: LockedAccount,
  scope: StatusScope,
  context: StatusContext,
): Promise<StatusDraft | undefined> {
  const [row] = await tx.$queryRaw<{ tally: BrandTally }[]>`
    SELECT tally FROM status_documents
    WHERE account_source_id = ${account.accountId} AND tally_version = version AND tally IS NOT NULL`;
  if (row === undefined) return undefined;
  const [draft] = await readDrafts(tx, [account], within(scope), row.tally, context);
  return draft;
}

function within(scope: StatusScope): Prisma.BrandWhereInput {
  if (scope === 'account') return { id: { in: [] } };
  if ('brandId' in scope) return { sourceId: scope.brandId };
  return { channels: { some: { phoneNumber: scope.phoneNumber } } };
}

async function readDrafts(
  tx: StoreTransaction,
  accounts: readonly LockedAccount[],
  where: Prisma.BrandWhereInput,
  tally: BrandTally | undefined,
  context: StatusContext,
): Promise<StatusDraft[]> {
  const rowIds = accounts.map(({ rowId }) => rowId);
  const held = await tx.account.findMany({
    where: { id: { in: rowIds } },
    select: { id: true, migration: true },
  });
  const brands = await tx.brand.findMany({
    where: { ...where, accountId: { in: rowIds } },
    select: { id: true, accountId: true, sourceId: true, migration: true },
    orderBy: { id: 'asc' },
  });
  const channels =
    brands.length === 0
      ? []
      : await tx.channel.findMany({
          where:
            tally === undefined
              ? { brand: { accountId: { in: rowIds } } }
              : { brandId: { in: brands.map(({ id }) => id) } },
          select: { id: true, brandId: true, sourceId: true, phoneNumber: true, migration: true },
          orderBy: { id: 'asc' },
        });
  const migrations = new Map(held.map(({ id, migration }) => [id, migration]));
  const ofAccount = grouped(brands, ({ accountId }) => accountId);
  const ofBrand = grouped(channels, ({ brandId }) => brandId);
  return accounts.map(
    ({ rowId, accountId }) =>
      new StatusDraft(
        accountId,
        rowId,
        readAccountMigration(migrations.get(rowId)),
        (ofAccount.get(rowId) ?? []).map((brand) => ({
          rowId: brand.id,
          brandId: brand.sourceId,
          migration: readBrandMigration(brand.migration),
          channels: (ofBrand.get(brand.id) ?? []).map((channel) => ({
            rowId: channel.id,
            channelId: channel.sourceId,
            phoneNumber: channel.phoneNumber,
            migration: readChannelMigration(channel.migration),
          })),
        })),
        context,
        tally,
      ),
  );
}

function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => bigint): ReadonlyMap<bigint, Row[]> {
  const groups = new Map<bigint, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
