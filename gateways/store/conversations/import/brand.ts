import { regionOf } from '../../../../domain/conversations/records/phone.js';
import type { DumpLocation } from '../../../../domain/conversations/dump.js';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** A brand as the import needs it: the store's ids (bigint as text) and the source's. */
export interface ImportedBrand {
  readonly id: string;
  readonly unitId: string;
  readonly sourceId: string;
  readonly accountId: string;
  readonly accountSourceId: string;
  /** The region for national phone numbers. */
  readonly region: string | undefined;
  /** Messages with this key or a greater one are recent. */
  readonly recentSince: string;
  /** The location of its messages if they are not in Conversations' tables. */
  readonly dump: DumpLocation | undefined;
  /** Takes the dump's records that do not name a brand. */
  readonly isFirst: boolean;
  /** How many brands its account has. */
  readonly brands: number;
}

type BrandRow = Record<string, string | null> & {
  dump: DumpLocation | null;
  is_first: boolean;
  brands: number;
};

/** Throws CarryoverError `Unexpected` if the account was not prepared. */
export async function findBrand(
  on: Pool | Transaction,
  { accountId, brandId }: { readonly accountId: string; readonly brandId: string },
): Promise<ImportedBrand> {
  const [row] = await ask<BrandRow>(
    on,
    `SELECT b.id, b.unit_id, a.id AS account_id, a.locale, a.migration ->> 'region' AS region,
       a.migration ->> 'recentSince' AS recent_since, a.migration -> 'dump' AS dump,
       NOT EXISTS (SELECT FROM brands o WHERE o.account_id = a.id AND o.id < b.id
         AND (o.migration ->> 'withdrawn')::boolean IS NOT TRUE) AS is_first,
       (SELECT count(*)::integer FROM brands o WHERE o.account_id = a.id) AS brands
     FROM brands b JOIN accounts a ON a.id = b.account_id WHERE b.source_id = $1 AND a.source_id = $2`,
    [brandId, accountId],
  );
  if (!row?.['id'] || !row['unit_id'] || !row['account_id'] || !row['recent_since']) {
    throw new CarryoverError(
      'Unexpected',
      `Brand ${brandId} of account ${accountId} is not prepared in the store. Start the account's migration.`,
    );
  }
  return {
    id: row['id'],
    unitId: row['unit_id'],
    sourceId: brandId,
    accountId: row['account_id'],
    accountSourceId: accountId,
    region: row['region'] ?? regionOf(row['locale']),
    recentSince: row['recent_since'],
    dump: row.dump ?? undefined,
    isFirst: row.is_first,
    brands: row.brands,
  };
}
