import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';
import { IMPORT_PHASES, importPhase } from '../import/phases.js';
import { countedOf } from './check.js';
import type { CheckedPhase } from './compared.js';

export interface StaleCheck {
  /** Conversations' id. */
  readonly brandId: string;
  readonly phase: string;
}

/**
 * Brands whose completed import has other tallies than at its last check, with the phase of that check: records have left quarantine. Excludes brands
 * that are being imported, whose check is still to come, and brands that were repaired or whose digests are of another version: only a verification's
 * own comparison is valid for those. Throws StoreUnavailable.
 */
export async function staleChecks(pool: Pool, accountId: string): Promise<StaleCheck[]> {
  const rows = await ask<{
    unit_id: string;
    brand_id: string;
    phase: string;
    checked: CheckedPhase | null;
    quarantined: string;
  }>(
    pool,
    `SELECT DISTINCT ON (b.id) b.unit_id, b.source_id AS brand_id, p.phase,
       CASE WHEN p.completed_at IS NOT NULL THEN p.checked END AS checked,
       (SELECT count(*) FROM quarantined_records q WHERE q.brand_id = b.id) AS quarantined
     FROM ${IMPORT_PHASES} p JOIN brands b ON b.id = p.brand_id JOIN accounts a ON a.id = b.account_id
     WHERE a.source_id = $1
       AND NOT EXISTS (SELECT FROM carryover.verification_units t WHERE t.unit_id = b.unit_id AND t.pass = 2)
       AND NOT EXISTS (SELECT FROM ${IMPORT_PHASES} o WHERE o.brand_id = b.id AND o.digest_version <> digest_version())
     ORDER BY b.id, p.phase DESC`,
    [accountId],
  );
  const stale: StaleCheck[] = [];
  for (const { unit_id: unitId, brand_id: brandId, phase, checked, quarantined } of rows) {
    if (checked === null) continue;
    const source = await countedOf(pool, importPhase({ unitId }, phase));
    const same =
      checked.held.quarantined === Number(quarantined) &&
      JSON.stringify(checked.source) === JSON.stringify({ ...checked.source, ...source });
    if (!same) stale.push({ brandId, phase });
  }
  return stale;
}
