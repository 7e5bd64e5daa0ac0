import { afterPass } from '../../../../domain/conversations/following/finishing.js';
import type { Finishing, PassOutcome } from '../../../../domain/conversations/following/finishing.js';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { IS_HALTED } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { endAllCatchingUp } from '../account/catching-up.js';
import { lockAccount } from '../status/status-writer.js';
import { leave } from '../streams/join.js';
import { HAS_GAP, HINTS_WAIT, LAST_NEWS, PORTS } from './conditions.js';

/** SQL: the last pass of the account `f`. */
const PASS = `LEFT JOIN carryover.verifications v ON v.id = (f.finishing ->> 'verification')::bigint`;

/** SQL: the verification `v`'s repair has changed something: its second comparison differs from its first. */
const HAS_REPAIRED = `EXISTS (
  SELECT FROM carryover.verification_differences d WHERE d.verification_id = v.id AND d.pass = 1 AND NOT EXISTS (
    SELECT FROM carryover.verification_differences n
    WHERE (n.verification_id, n.unit_id, n.pass, n.source_table, n.difference) = (d.verification_id, d.unit_id, 2, d.source_table, d.difference)
      AND (n.count, n.samples) = (d.count, d.samples)))`;

/** The accounts whose last pass has ended and whose hints have all been applied. Excludes accounts whose migration is held. */
export async function accountsWithPass(pool: Pool): Promise<string[]> {
  const rows = await ask<{ id: string }>(
    pool,
    `SELECT f.account_id AS id FROM carryover.followed_accounts f JOIN accounts a ON a.source_id = f.account_id
     JOIN carryover.migrations m ON m.kind = '${CONVERSATIONS}' AND m.subject = f.account_id AND NOT ${IS_HALTED} ${PASS}
     WHERE f.until IS NULL AND f.finishing ->> 'verification' IS NOT NULL AND v.state IS DISTINCT FROM 'running' AND NOT ${HINTS_WAIT}
     ORDER BY 1`,
  );
  return rows.map(({ id }) => id);
}

/** Locks the account of a verification that ends, since following may end with it. MUST run before the verification itself is locked. */
export async function lockVerified(tx: Transaction, verificationId: string): Promise<void> {
  const [verified] = await tx.rows<{ subject: string }>`
    SELECT subject FROM carryover.verifications WHERE id = ${BigInt(verificationId)}`;
  if (verified) await lockAccount(tx, verified.subject);
}

interface PassRow extends Omit<PassOutcome, 'state' | 'passes'> {
  readonly finishing: Finishing;
  readonly state: PassOutcome['state'] | 'running' | null;
  readonly endedAt: Date | null;
}

/**
 * Stops following an account whose last pass has ended, unless it must wait or another pass is needed. Returns whether it did. Idempotent. The caller
 * has locked the account.
 */
export async function settlePass(tx: Transaction, accountId: string): Promise<boolean> {
  const { rows } = await tx.query<PassRow>(
    `SELECT f.finishing, v.state, v.ended_at AS "endedAt", p.open AS "openPorts", ${HAS_GAP} AS "hasGap", ${HINTS_WAIT} AS "hintsWait",
       coalesce(${LAST_NEWS} > v.asked_at, false)
         OR EXISTS (SELECT FROM carryover.verification_differences d WHERE d.verification_id = v.id AND d.difference = 'new') AS "hasNews",
       ${HAS_REPAIRED} AS "hasRepaired"
     FROM carryover.followed_accounts f JOIN accounts a ON a.source_id = f.account_id ${PASS} CROSS JOIN LATERAL ${PORTS} p
     WHERE f.account_id = $1 AND f.until IS NULL AND f.finishing ->> 'verification' IS NOT NULL FOR UPDATE OF f`,
    [accountId],
  );
  const [pass] = rows;
  if (pass === undefined || pass.state === 'running') return false;
  const { finishing, endedAt } = pass;
  // A deleted verification has ended without a result.
  const outcome = { ...pass, state: pass.state ?? 'failed', passes: finishing.passes };
  const next = afterPass(finishing.reason, outcome);
  switch (next) {
    case 'wait':
      return false;
    case 'withdraw':
      await writeFinishing(tx, accountId, null);
      return false;
    case 'again':
      await writeFinishing(tx, accountId, { ...finishing, verification: null });
      return false;
    case 'end':
      await writeFinishing(tx, accountId, { ...finishing, openPorts: pass.openPorts });
      await leave(tx, accountId, endedAt ?? new Date(finishing.since));
      await endAllCatchingUp(tx, accountId);
      return true;
  }
}

/** Writes who finishes an account; null withdraws that. */
export async function writeFinishing(
  tx: Transaction,
  accountId: string,
  finishing: Finishing | null,
): Promise<void> {
  const text = finishing === null ? null : JSON.stringify(finishing);
  await tx.run`UPDATE carryover.followed_accounts SET finishing = ${text}::jsonb WHERE account_id = ${accountId}`;
}
