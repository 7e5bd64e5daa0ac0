import type {
  Finishing,
  FollowLimits,
  ToldToFinish,
} from '../../../../domain/conversations/following/finishing.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { addAuditEntry } from '../../migrations/audit.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { lockAccount } from '../status/status-writer.js';
import { askRepair, FOLLOWING, FOLLOWING_ACTOR } from '../streams/ask-repair.js';
import { accountsToFinish } from './conditions.js';
import { accountsWithPass, settlePass, writeFinishing } from './last-pass.js';

export interface Finished {
  /** The accounts whose last pass was requested. */
  readonly asked: readonly string[];
  /** The accounts that are no longer followed. */
  readonly ended: readonly string[];
}

/**
 * Requests the last pass of each account that is due to be finished, and stops following accounts whose last pass has ended and left nothing to do.
 * Idempotent; any number of processes may call it at once.
 */
export async function finishFollowing(pool: Pool, limits: FollowLimits, at: Date): Promise<Finished> {
  const ended: string[] = [];
  for (const accountId of await accountsWithPass(pool)) {
    const hasEnded = await transaction(pool, 'settle-finishing', async (tx) => {
      await lockAccount(tx, accountId);
      return settlePass(tx, accountId);
    });
    if (hasEnded) ended.push(accountId);
  }
  const asked: string[] = [];
  for (const { accountId } of await accountsToFinish(pool, limits, at))
    if (await askPass(pool, limits, accountId, at)) asked.push(accountId);
  return { asked, ended };
}

async function askPass(pool: Pool, limits: FollowLimits, accountId: string, at: Date): Promise<boolean> {
  return transaction(pool, 'finish-following', async (tx) => {
    await lockAccount(tx, accountId);
    const [found] = await accountsToFinish(tx, limits, at, accountId);
    if (found === undefined) return false;
    const before = await readFinishing(tx, accountId);
    const finishing = before ?? {
      reason: found.reason,
      by: FOLLOWING,
      since: at.toISOString(),
      passes: 0,
      verification: null,
    };
    if (!(await beginPass(tx, accountId, finishing, at.toISOString()))) return false;
    await addAuditEntry(tx, {
      migration: migrationOf(accountId),
      action: 'finish',
      ...FOLLOWING_ACTOR,
      details: { reason: finishing.reason, open_ports: found.openPorts },
    });
    return true;
  });
}

/**
 * Finishes an account on an operator's request: its last pass begins now, or once the running verification has ended. Undefined if the account was
 * never followed. Idempotent. The caller has locked the account, and made sure that everything is imported and nothing holds it.
 */
export async function finishNow(
  tx: Transaction,
  accountId: string,
  asked: { readonly by: string; readonly at: string },
): Promise<ToldToFinish | undefined> {
  const [followed] = await tx.rows<{ until: Date | null }>`
    SELECT until FROM carryover.followed_accounts WHERE account_id = ${accountId} FOR UPDATE`;
  if (followed === undefined) return undefined;
  if (followed.until !== null) return 'finished';
  const before = await readFinishing(tx, accountId);
  if (before?.reason === 'operator') return 'finishing';
  const finishing: Finishing = {
    reason: 'operator',
    by: asked.by,
    since: asked.at,
    passes: before?.passes ?? 0,
    verification: before?.verification ?? null,
  };
  if (finishing.verification !== null || !(await beginPass(tx, accountId, finishing, asked.at)))
    await writeFinishing(tx, accountId, finishing);
  return 'finishing';
}

/** Keeps following an account, or follows it again, because a port was ordered again. The caller has locked the account. */
export async function keepFollowed(tx: Transaction, accountId: string): Promise<void> {
  await tx.run`
    UPDATE carryover.followed_accounts
    SET again = until IS NOT NULL, finishing = CASE WHEN until IS NOT NULL THEN finishing END WHERE account_id = ${accountId}`;
}

async function beginPass(
  tx: Transaction,
  accountId: string,
  finishing: Finishing,
  at: string,
): Promise<boolean> {
  const verification = await askRepair(tx, accountId, { by: finishing.by, at });
  if (verification === undefined) return false;
  await writeFinishing(tx, accountId, { ...finishing, passes: finishing.passes + 1, verification });
  return true;
}

async function readFinishing(tx: Transaction, accountId: string): Promise<Finishing | undefined> {
  const [row] = await tx.rows<{ finishing: Finishing | null }>`
    SELECT finishing FROM carryover.followed_accounts WHERE account_id = ${accountId} AND until IS NULL FOR UPDATE`;
  return row?.finishing ?? undefined;
}
