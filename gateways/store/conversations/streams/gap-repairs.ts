import { migrationOf } from '../../../../domain/conversations/migration.js';
import { addAuditEntry } from '../../migrations/audit.js';
import { IS_HALTED } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';
import { AGAIN_AFTER, askRepair, FOLLOWING_ACTOR } from './ask-repair.js';

/**
 * Requests a verification with repair for each account that has missed changes, once everything is imported and the migration is not held (paused,
 * for example). Returns the accounts. Idempotent; any number of processes may call it.
 */
export async function repairGaps(pool: Pool, at: Date): Promise<string[]> {
  const found = await ask<{ accountId: string }>(
    pool,
    `SELECT DISTINCT f.account_id AS "accountId"
     FROM carryover.followed_brands f
     JOIN carryover.followed_accounts a ON a.account_id = f.account_id AND a.until IS NULL
     JOIN brands b ON b.source_id = f.brand_id AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE
     JOIN carryover.units u ON u.id = b.unit_id
     JOIN carryover.migrations m ON m.id = u.migration_id AND m.started AND NOT ${IS_HALTED} AND m.status = 'all-messages-migrated'
     WHERE f.gap IS NOT NULL AND NOT EXISTS (
       SELECT FROM carryover.verifications v WHERE (v.kind, v.subject) = (m.kind, m.subject)
         AND (v.state = 'running' OR (v.repair AND v.ended_at > now() - interval '${AGAIN_AFTER}')))
     ORDER BY 1`,
  );
  const asked: string[] = [];
  for (const { accountId } of found) if (await repairGap(pool, accountId, at)) asked.push(accountId);
  return asked;
}

async function repairGap(pool: Pool, accountId: string, at: Date): Promise<boolean> {
  return transaction(pool, 'repair-gap', async (tx) => {
    const asked = await askRepair(tx, accountId, { at: at.toISOString() });
    if (asked === undefined) return false;
    await addAuditEntry(tx, { migration: migrationOf(accountId), action: 'repair', ...FOLLOWING_ACTOR });
    return true;
  });
}
