/** Verifications of accounts: the turns of their brands, and the marks of each verification. */

import type pg from 'pg';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import type { VerificationState } from '../../../../domain/engine/verification.js';
import {
  type CopiedStage,
  readVerifications,
  type TurnFacts,
  type VerificationFacts,
  type Verifications,
} from '../../proof/verification-reads.js';
import * as proof from '../../proof/verifications.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import type { CheckedPhase } from '../check/compared.js';
import { forgetFollowed } from '../following/followed-keys.js';
import { lockVerified, settlePass } from '../finishing/last-pass.js';
import { MESSAGES, THREADS } from '../import/phases.js';
import { closeGaps } from '../streams/gaps.js';

export type BrandTurn = TurnFacts<CheckedPhase>;
export type AccountVerification = VerificationFacts<CheckedPhase>;
export type AccountVerifications = Verifications<CheckedPhase>;

export interface OpenVerification {
  readonly running: boolean;
  readonly repair: boolean;
  /** Conversations' ids of the counted brands, in the payload's order. */
  readonly units: readonly string[];
}

/** What to verify; nothing if the verification has ended or was deleted. */
export async function openVerification(pool: Pool, verificationId: string): Promise<OpenVerification> {
  const rows = await ask<{ state: string; repair: boolean; brand_id: string | null }>(
    pool,
    `SELECT v.state, v.repair, b.source_id AS brand_id FROM carryover.verifications v
     LEFT JOIN accounts a ON a.source_id = v.subject
     LEFT JOIN brands b ON b.account_id = a.id AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE
     WHERE v.id = $1 ORDER BY b.id`,
    [verificationId],
  );
  return {
    running: rows[0]?.state === 'running',
    repair: rows[0]?.repair ?? false,
    units: rows.flatMap((row) => row.brand_id ?? []),
  };
}

/** Ends a verification like `proof`, and removes what only its turns needed. The last pass of following ends that too. Locks the account. */
export async function endVerification(
  tx: Transaction,
  verificationId: string,
  failure: Failure | undefined,
): Promise<VerificationState | undefined> {
  await lockVerified(tx, verificationId);
  const state = await proof.endVerification(tx, verificationId, failure);
  await tx.run`DELETE FROM carryover.verification_marks WHERE verification_id = ${BigInt(verificationId)}`;
  const [verified] = await tx.rows<{ subject: string }>`
    SELECT subject FROM carryover.verifications WHERE id = ${BigInt(verificationId)}`;
  if (verified) await forgetFollowed(tx, verified.subject);
  await closeGaps(tx, BigInt(verificationId));
  if (verified) await settlePass(tx, verified.subject);
  return state;
}

/** Removes an account's verifications, for a reset. Idempotent. */
export async function forgetVerifications(tx: Transaction, accountId: string): Promise<void> {
  const { kind, subject } = migrationOf(accountId);
  await tx.run`
    DELETE FROM carryover.verification_marks WHERE verification_id IN (
      SELECT id FROM carryover.verifications WHERE kind = ${kind} AND subject = ${subject})`;
  await proof.forgetVerifications(tx, { kind, subject });
}

/** The account's relevant verifications, with turns in the order of `brandIds`; undefined before the first. */
export function readAccountVerifications(
  pool: pg.Pool,
  accountId: string,
  brandIds: readonly string[],
): Promise<AccountVerifications | undefined> {
  return readVerifications<CheckedPhase>(pool, migrationOf(accountId), plannedOf, brandIds);
}

/** Each phase has read its own messages, and both have read the brand's threads. */
function plannedOf(copied: readonly CopiedStage[]): number {
  const readIn = (stage: string) => copied.filter((of) => of.stage === stage).map(({ read }) => read);
  return readIn(MESSAGES).reduce((sum, read) => sum + read, 0) + Math.max(0, ...readIn(THREADS));
}
