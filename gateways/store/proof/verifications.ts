import type { Failure } from '../../../domain/engine/failures/failures.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import type { VerificationState } from '../../../domain/engine/verification.js';
import { AnotherCameFirst } from '../sql/transaction.js';
import type { Transaction } from '../sql/transaction.js';
import { supersede } from './certificates.js';

export interface RequestedVerification {
  readonly id: string;
  readonly repair: boolean;
  /** False if one was already running: the result describes that one. */
  readonly begun: boolean;
}

/** Requests a verification of the migration, unless one is running. Runs in the caller's transaction. */
export async function requestVerification(
  tx: Transaction,
  { kind, subject }: MigrationRef,
  { repair, by }: { readonly repair: boolean; readonly by: string },
): Promise<RequestedVerification> {
  const made = await tx.rows<{ id: bigint; repair: boolean }>`
    INSERT INTO carryover.verifications (kind, subject, repair, asked_by) VALUES (${kind}, ${subject}, ${repair}, ${by})
    ON CONFLICT (kind, subject) WHERE state = 'running' DO NOTHING RETURNING id, repair`;
  if (made[0]) return { id: String(made[0].id), repair: made[0].repair, begun: true };
  const [running] = await tx.rows<{ id: bigint; repair: boolean }>`
    SELECT id, repair FROM carryover.verifications WHERE kind = ${kind} AND subject = ${subject} AND state = 'running'`;
  // It has ended since: the next attempt starts one.
  if (!running) throw new AnotherCameFirst();
  return { id: String(running.id), repair: running.repair, begun: false };
}

/** The migration's running verification; undefined if there is none. */
export async function runningVerification(
  tx: Transaction,
  { kind, subject }: MigrationRef,
): Promise<string | undefined> {
  const [running] = await tx.rows<{ id: bigint }>`
    SELECT id FROM carryover.verifications WHERE kind = ${kind} AND subject = ${subject} AND state = 'running'`;
  return running && String(running.id);
}

/**
 * Ends a verification: as failed, or with the result of its last pass. A second call changes nothing. Returns the state; undefined if the
 * verification was deleted.
 */
export async function endVerification(
  tx: Transaction,
  verificationId: string,
  failure: Failure | undefined,
): Promise<VerificationState | undefined> {
  const id = BigInt(verificationId);
  await tx.run`
    UPDATE carryover.verifications v SET ended_at = clock_timestamp(), failure = ${failure ? JSON.stringify(failure) : null}::jsonb,
      state = CASE
        WHEN ${failure !== undefined} THEN 'failed'
        WHEN EXISTS (
          SELECT FROM (SELECT DISTINCT ON (unit_id) * FROM carryover.verification_units WHERE verification_id = v.id
            ORDER BY unit_id, pass DESC) t
          WHERE NOT t.imported OR EXISTS (
            SELECT FROM carryover.verification_differences d WHERE (d.verification_id, d.unit_id, d.pass) = (t.verification_id, t.unit_id, t.pass)
              AND d.difference <> 'new')) THEN 'unequal'
        ELSE 'equal' END
    WHERE v.id = ${id} AND v.state = 'running'`;
  const [found] = await tx.rows<MigrationRef & { state: VerificationState }>`
    SELECT state, kind, subject FROM carryover.verifications WHERE id = ${id}`;
  if (found && found.state !== 'equal' && (await foundDifferences(tx, id)))
    await supersede(tx, found, 'differences-found');
  return found?.state;
}

/** In any pass: no certificate covers what a failed repair has written. */
async function foundDifferences(tx: Transaction, verificationId: bigint): Promise<boolean> {
  const differences = await tx.rows`
    SELECT FROM carryover.verification_differences WHERE verification_id = ${verificationId} AND difference <> 'new' LIMIT 1`;
  return differences.length > 0;
}

/** Whether the migration's latest verification with a result found differences. */
export async function differencesAreOpen(tx: Transaction, { kind, subject }: MigrationRef): Promise<boolean> {
  const [latest] = await tx.rows<{ state: string }>`
    SELECT state FROM carryover.verifications
    WHERE kind = ${kind} AND subject = ${subject} AND state IN ('equal', 'unequal') ORDER BY id DESC LIMIT 1`;
  return latest?.state === 'unequal';
}

/** Removes a migration's verifications, for a reset. Idempotent. */
export async function forgetVerifications(tx: Transaction, { kind, subject }: MigrationRef): Promise<void> {
  await tx.run`DELETE FROM carryover.verifications WHERE kind = ${kind} AND subject = ${subject}`;
}
