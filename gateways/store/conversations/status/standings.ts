/** The progress of the accounts in a list. */

import type pg from 'pg';
import { ask } from '../../sql/ask.js';
import { translated } from '../../sql/transaction.js';
import { accountsThatNeedAttention } from './failures/list.js';
import { readBrandMigration } from './migration-columns.js';
import type { BrandFacts } from './migrations-view.js';
import { readPhases } from './phase-facts.js';

export interface Standing {
  /** The brands that the payload names. */
  readonly brands: readonly Pick<BrandFacts, 'migration' | 'phases'>[];
  /** The list of failures contains something of this account. */
  readonly needsAttention: boolean;
}

/** By account id; omits unknown accounts. Throws StoreUnavailable. */
export async function readStandings(
  pool: pg.Pool,
  accountIds: readonly string[],
): Promise<Map<string, Standing>> {
  if (accountIds.length === 0) return new Map();
  const rows = await ask<{ account: string; id: string; migration: unknown }>(
    pool,
    `SELECT a.source_id AS account, b.id::text, b.migration FROM brands b JOIN accounts a ON a.id = b.account_id
     WHERE a.source_id = ANY ($1) AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE`,
    [accountIds],
  );
  const [phases, attention] = await Promise.all([
    readPhases(
      pool,
      rows.map(({ id }) => id),
    ).catch((error: unknown) => {
      throw translated(error);
    }),
    accountsThatNeedAttention(pool, accountIds),
  ]);
  return new Map(
    accountIds.map((accountId) => {
      const brands = rows
        .filter(({ account }) => account === accountId)
        .map(({ id, migration }) => ({
          migration: readBrandMigration(migration),
          phases: phases.get(id) ?? [],
        }));
      return [accountId, { brands, needsAttention: attention.has(accountId) }];
    }),
  );
}
