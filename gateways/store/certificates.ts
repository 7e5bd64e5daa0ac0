import type pg from 'pg';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { CertificateStatement, CertifiedBrand } from '../../domain/certificate.js';
import { type CheckedPhase, differencesOf, shownSide } from './bulk/compared.js';
import { bulkQuery } from './bulk/transaction.js';
import type { StoreTransaction } from './connect.js';
import { readAccountMigration } from './migration-columns.js';
import { signStatement } from './signing-key.js';

export interface CertifiedRun {
  readonly accountId: string;
  readonly workflow: { readonly id: string; readonly runId: string };
  readonly code: { readonly version: string; readonly commit: string | null };
  readonly after: CertificateStatement['made_after'];
  /** Of the verification that it follows: its comparisons are certified, else those of the import. */
  readonly verificationId?: string;
}

/**
 * Writes the certificate of a run in which all brands came to have all their messages, or were verified, with both sides of each equal;
 * for any other account nothing. Within the caller's transaction. Said again for a run it keeps the one that is there.
 */
export async function makeCertificate(tx: StoreTransaction, run: CertifiedRun): Promise<void> {
  const account = await tx.account.findUnique({ where: { sourceId: run.accountId } });
  const migration = readAccountMigration(account?.migration);
  if (!account || migration?.status !== 'all-messages-migrated' || !migration.recentSince) return;
  const brands =
    run.verificationId === undefined
      ? await comparedByImports(tx, account.id)
      : await comparedBy(tx, account.id, BigInt(run.verificationId));
  if (brands.length === 0 || !brands.every(isEqual)) return;
  const statement: CertificateStatement = {
    kind: 'carryover-migration-certificate',
    version: 1,
    account_id: run.accountId,
    made_at: new Date().toISOString(),
    recent_since: migration.recentSince,
    made_after: run.after,
    workflow: { id: run.workflow.id, run_id: run.workflow.runId },
    code: run.code,
    brands: brands.map(certified),
  };
  const file = await signStatement(tx, statement);
  const document = canonicalJson(file);
  await tx.$executeRaw`
    INSERT INTO certificates (account_id, workflow_id, run_id, document)
    VALUES (${account.id}, ${run.workflow.id}, ${run.workflow.runId}, ${document}) ON CONFLICT DO NOTHING`;
}

/**
 * A certificate anew where the import's checks are of a later time than the latest one: records were taken out of quarantine since. Within
 * the caller's transaction.
 */
export async function renewCertificate(
  tx: StoreTransaction,
  run: Omit<CertifiedRun, 'after'>,
): Promise<void> {
  const rows = await tx.$queryRaw<{ outdated: boolean }[]>`
    SELECT max(p.completed_at) > max(c.made_at) AS outdated
    FROM accounts a JOIN brands b ON b.account_id = a.id JOIN import_phases p ON p.brand_id = b.id
      JOIN certificates c ON c.account_id = a.id
    WHERE a.source_id = ${run.accountId}`;
  if (rows[0]?.outdated !== true) return;
  // One run may be asked for several retries, and has one certificate.
  const { accountId, workflow } = run;
  await tx.certificate.deleteMany({
    where: { account: { sourceId: accountId }, workflowId: workflow.id, runId: workflow.runId },
  });
  await makeCertificate(tx, { ...run, after: 'retry' });
}

/** The text of the account's latest certificate; undefined before there is one. Throws StoreUnavailable. */
export async function readCertificate(pool: pg.Pool, accountId: string): Promise<string | undefined> {
  const [row] = await bulkQuery<{ document: string }>(
    pool,
    `SELECT c.document FROM certificates c JOIN accounts a ON a.id = c.account_id
     WHERE a.source_id = $1 ORDER BY c.id DESC LIMIT 1`,
    [accountId],
  );
  return row?.document;
}

interface ComparedBrand {
  readonly brand_id: string;
  readonly at: Date | null;
  readonly compared: CheckedPhase | null;
}

function comparedByImports(tx: StoreTransaction, accountRowId: bigint): Promise<ComparedBrand[]> {
  return tx.$queryRaw<ComparedBrand[]>`
    SELECT b.source_id AS brand_id, p.completed_at AS at, p.checked AS compared FROM brands b
    LEFT JOIN import_phases p ON p.brand_id = b.id AND p.phase = 'remaining'
    WHERE b.account_id = ${accountRowId} AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE ORDER BY b.id`;
}

function comparedBy(
  tx: StoreTransaction,
  accountRowId: bigint,
  verificationId: bigint,
): Promise<ComparedBrand[]> {
  return tx.$queryRaw<ComparedBrand[]>`
    SELECT b.source_id AS brand_id, t.ended_at AS at, t.compared FROM brands b
    LEFT JOIN LATERAL (
      SELECT * FROM verification_brands v WHERE v.brand_id = b.id AND v.verification_id = ${verificationId}
      ORDER BY v.pass DESC LIMIT 1
    ) t ON true
    WHERE b.account_id = ${accountRowId} AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE ORDER BY b.id`;
}

function isEqual({ compared }: ComparedBrand): boolean {
  return compared !== null && differencesOf(compared).length === 0;
}

function certified({ brand_id: brandId, at, compared }: ComparedBrand): CertifiedBrand {
  const { source, store, held } = compared as CheckedPhase;
  return {
    brand_id: brandId,
    compared_at: (at ?? new Date()).toISOString(),
    source: shownSide(source),
    store: shownSide(store),
    held: {
      messages: held.messages,
      threads: held.threads,
      quarantined: held.quarantined,
      superseded: held.superseded,
    },
  };
}
