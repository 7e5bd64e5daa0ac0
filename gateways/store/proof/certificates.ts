/** The certificates of migrations of every kind: which one is current, and which came before it. */

import { canonicalJson } from '../../../domain/engine/proof/canonical-json.js';
import {
  certificateHash,
  type CheckStep,
  type IssuedStatement,
  type StatedByStore,
} from '../../../domain/engine/proof/certificate.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import type { Transaction } from '../sql/transaction.js';
import { readStoreId, signStatement } from './signing-key.js';

/**
 * Signs and writes the certificate, unless its figures are inconsistent. Supersedes earlier ones. Runs in the caller's transaction. Idempotent for a
 * workflow run whose certificate is current, unless it must be replaced.
 */
export async function issueCertificate<Of extends IssuedStatement>(
  tx: Transaction,
  migration: MigrationRef,
  figureSteps: (statement: Of) => CheckStep[],
  stated: Omit<Of, StatedByStore>,
  { replace = false } = {},
): Promise<void> {
  const byStore: Pick<IssuedStatement, StatedByStore> = {
    kind: 'carryover-migration-certificate',
    version: 2,
    store_id: await readStoreId(tx),
    made_at: await storeTime(tx),
    previous: await previousHash(tx, migration),
  };
  const statement = { ...byStore, ...stated } as Of;
  if (!figureSteps(statement).every(({ holds }) => holds)) return;
  if (replace) await supersede(tx, migration, 'newer-certificate');
  const { kind, subject } = migration;
  const { id: workflowId, run_id: runId } = statement.workflow;
  const document = canonicalJson(await signStatement(tx, statement));
  const made = await tx.rows<{ id: bigint }>`
    INSERT INTO carryover.certificates (kind, subject, workflow_id, run_id, document)
    VALUES (${kind}, ${subject}, ${workflowId}, ${runId}, ${document})
    ON CONFLICT (kind, subject, workflow_id, run_id) WHERE superseded_at IS NULL AND revoked_at IS NULL DO NOTHING RETURNING id`;
  if (made[0]) await supersede(tx, migration, 'newer-certificate', made[0].id);
}

/** The current certificate, and whether a unit was checked again since; undefined if there is none. */
export async function currentCertificate(
  tx: Transaction,
  { kind, subject }: MigrationRef,
): Promise<{ readonly document: string; readonly checkedSince: boolean } | undefined> {
  const [current] = await tx.rows<{ document: string; checkedSince: boolean }>`
    SELECT c.document, EXISTS (
      SELECT FROM carryover.migrations m JOIN carryover.units u ON u.migration_id = m.id
        JOIN carryover.phases p ON p.unit_id = u.id AND p.pass = 'copy'
      WHERE m.kind = c.kind AND m.subject = c.subject AND p.completed_at > c.made_at) AS "checkedSince"
    FROM carryover.certificates c
    WHERE c.kind = ${kind} AND c.subject = ${subject} AND c.superseded_at IS NULL AND c.revoked_at IS NULL ORDER BY c.id DESC LIMIT 1`;
  return current;
}

/** Supersedes current certificates, or only those made before `newer`. */
export async function supersede(
  tx: Transaction,
  { kind, subject }: MigrationRef,
  why: 'newer-certificate' | 'differences-found',
  newer?: bigint,
): Promise<void> {
  await tx.run`
    UPDATE carryover.certificates SET superseded_at = clock_timestamp(), superseded_why = ${why}
    WHERE kind = ${kind} AND subject = ${subject} AND superseded_at IS NULL
      AND (${newer ?? null}::bigint IS NULL OR id < ${newer ?? null}::bigint)`;
}

/** Revokes all certificates, because the certified data is being removed. Idempotent. */
export async function revokeCertificates(
  tx: Transaction,
  { kind, subject }: MigrationRef,
  by: string,
): Promise<void> {
  await tx.run`
    UPDATE carryover.certificates SET revoked_at = clock_timestamp(), revoked_by = ${by}
    WHERE kind = ${kind} AND subject = ${subject} AND revoked_at IS NULL`;
}

/** Uses the clock that also dates comparisons. */
async function storeTime(tx: Transaction): Promise<string> {
  const [row] = await tx.rows<{ now: Date }>`SELECT clock_timestamp() AS now`;
  if (row === undefined) throw new Error('PostgreSQL returned no time.');
  return row.now.toISOString();
}

async function previousHash(tx: Transaction, { kind, subject }: MigrationRef): Promise<string | null> {
  const [latest] = await tx.rows<{ document: string }>`
    SELECT document FROM carryover.certificates WHERE kind = ${kind} AND subject = ${subject} ORDER BY id DESC LIMIT 1`;
  return latest === undefined ? null : certificateHash(latest.document);
}
