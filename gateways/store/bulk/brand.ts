import { regionOf } from '../../../domain/conversations/phone.js';
import { CarryoverError } from '../../../domain/failures.js';
import { bulkQuery } from './transaction.js';
import type { Pool } from './transaction.js';

/** A brand as the import needs it: the store's ids (bigint as text) beside the source's. */
export interface ImportedBrand {
  readonly id: string;
  readonly sourceId: string;
  readonly accountId: string;
  readonly accountSourceId: string;
  /** Where national phone numbers are read. */
  readonly region: string | undefined;
  /** Messages with this key and greater ones are recent. */
  readonly recentSince: string;
}

/** Throws CarryoverError `Unexpected` when the account was not prepared. */
export async function findBrand(
  pool: Pool,
  { accountId, brandId }: { readonly accountId: string; readonly brandId: string },
): Promise<ImportedBrand> {
  const [row] = await bulkQuery<Record<string, string | null>>(
    pool,
    `SELECT b.id, a.id AS account_id, a.locale, a.migration ->> 'region' AS region,
       a.migration ->> 'recentSince' AS recent_since
     FROM brands b JOIN accounts a ON a.id = b.account_id WHERE b.source_id = $1 AND a.source_id = $2`,
    [brandId, accountId],
  );
  if (!row?.['id'] || !row['account_id'] || !row['recent_since']) {
    throw new CarryoverError(
      'Unexpected',
      `Brand ${brandId} of account ${accountId} is not prepared in the store: start the account's migration.`,
    );
  }
  return {
    id: row['id'],
    sourceId: brandId,
    accountId: row['account_id'],
    accountSourceId: accountId,
    region: row['region'] ?? regionOf(row['locale']),
    recentSince: row['recent_since'],
  };
}
