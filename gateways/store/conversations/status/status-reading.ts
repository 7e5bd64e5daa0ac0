import { grouped } from '../../../../domain/engine/grouped.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import sql, { empty, raw } from 'sql-template-tag';
import type { Sql } from 'sql-template-tag';
import { STEERING_COLUMN } from '../../migrations/migrations.js';
import { readTally } from '../../migrations/status-documents.js';
import type { Transaction } from '../../sql/transaction.js';
import { readBrandMigration, readChannelMigration } from './migration-columns.js';
import { JOIN_MIGRATION, type SteeredRow, steeredAccount } from './account-migration.js';
import { StatusDraft } from './status-draft.js';
import type { BrandTally, StatusContext } from './status-draft.js';

/** The part of the account that a change uses: one brand, the brands with a channel of this number, or no brand. */
export type StatusScope = 'account' | { readonly brandId: string } | { readonly phoneNumber: string };

export interface LockedAccount {
  readonly rowId: bigint;
  readonly accountId: string;
}

/** Reads locked accounts with all their brands. */
export function readWhole(
  tx: Transaction,
  accounts: readonly LockedAccount[],
  context: StatusContext,
): Promise<StatusDraft[]> {
  return readDrafts(tx, accounts, empty, undefined, context);
}

/**
 * Reads the brands of the scope, and the number of the others in each status, as stored with the document. Undefined if that is unknown because
 * another version of this program wrote the document.
 */
export async function readPart(
  tx: Transaction,
  account: LockedAccount,
  scope: StatusScope,
  context: StatusContext,
): Promise<StatusDraft | undefined> {
  const tally = (await readTally(tx, migrationOf(account.accountId))) as BrandTally | undefined;
  if (tally === undefined) return undefined;
  const [draft] = await readDrafts(tx, [account], within(scope), tally, context);
  return draft;
}

function within(scope: StatusScope): Sql {
  if (scope === 'account') return sql`AND false`;
  if ('brandId' in scope) return sql`AND b.source_id = ${scope.brandId}`;
  return sql`AND EXISTS (SELECT FROM channels c WHERE c.brand_id = b.id AND c.phone_number = ${scope.phoneNumber})`;
}

interface AccountRow extends SteeredRow {
  readonly id: bigint;
  readonly name: string;
}

interface BrandRow {
  readonly id: bigint;
  readonly accountId: bigint;
  readonly sourceId: string;
  readonly migration: unknown;
}

interface ChannelRow {
  readonly id: bigint;
  readonly brandId: bigint;
  readonly sourceId: string;
  readonly phoneNumber: string | null;
  readonly migration: unknown;
}

async function readDrafts(
  tx: Transaction,
  accounts: readonly LockedAccount[],
  where: Sql,
  tally: BrandTally | undefined,
  context: StatusContext,
): Promise<StatusDraft[]> {
  const rowIds = accounts.map(({ rowId }) => rowId);
  const held = await tx.rows<AccountRow>`
    SELECT a.id, a.name, a.migration, ${raw(STEERING_COLUMN)} FROM accounts a ${raw(JOIN_MIGRATION)} WHERE a.id = ANY(${rowIds}::bigint[])`;
  const brands = await tx.rows<BrandRow>`
    SELECT b.id, b.account_id AS "accountId", b.source_id AS "sourceId", b.migration
    FROM brands b WHERE b.account_id = ANY(${rowIds}::bigint[]) ${where} ORDER BY b.id`;
  const channels =
    brands.length === 0
      ? []
      : await tx.rows<ChannelRow>`
          SELECT c.id, c.brand_id AS "brandId", c.source_id AS "sourceId", c.phone_number AS "phoneNumber", c.migration
          FROM channels c WHERE ${
            tally === undefined
              ? sql`c.brand_id IN (SELECT id FROM brands WHERE account_id = ANY(${rowIds}::bigint[]))`
              : sql`c.brand_id = ANY(${brands.map(({ id }) => id)}::bigint[])`
          } ORDER BY c.id`;
  const rows = new Map(held.map((row) => [row.id, row]));
  const ofAccount = grouped(brands, ({ accountId }) => accountId);
  const ofBrand = grouped(channels, ({ brandId }) => brandId);
  return accounts.map(({ rowId, accountId }) => {
    const { name, ...row } = rows.get(rowId) ?? { name: '', migration: null, steering: null };
    const { migration, steering } = steeredAccount(row);
    return new StatusDraft(
      accountId,
      rowId,
      name,
      migration,
      steering,
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
    );
  });
}
