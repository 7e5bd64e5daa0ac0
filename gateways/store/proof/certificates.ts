import { canonicalJson } from '../../../domain/engine/canonical-json.js';
import {
  type CertificateStatement,
  type CertifiedBrand,
  type CertifiedWaiver,
  certificateHash,
} from '../../../domain/engine/certificate.js';
import { figureSteps, totalsOf } from '../../../domain/engine/certificate-figures.js';
import { type CheckedPhase, shownSide } from '../conversations/check/compared.js';
import type { Transaction } from '../sql/transaction.js';
import { readAccountMigration } from '../conversations/status/migration-columns.js';
import { readStoreId, signStatement } from './signing-key.js';

export interface CertifiedRun {
  readonly accountId: string;
  readonly workflow: { readonly id: string; readonly runId: string };
  readonly code: { readonly version: string; readonly commit: string | null };
  readonly after: CertificateStatement['made_after'];
  /** Of the verification that it follows: its comparisons are certified; else the latest of each brand. */
  readonly verificationId?: string;
}

/**
 * Writes the certificate of a run in which all brands came to have all their messages, or were verified, with both sides of each equal;
 * for any other account nothing, and nothing while the latest verification's differences are open. Those before it are superseded. Within the
 * caller's transaction. Idempotent for a run whose certificate is current, unless it is to be replaced.
 */
export async function makeCertificate(
  tx: Transaction,
  run: CertifiedRun,
  { replace = false } = {},
): Promise<void> {
  const [account] = await tx.rows<{ id: bigint; migration: unknown }>`
    SELECT id, migration FROM accounts WHERE source_id = ${run.accountId}`;
  const migration = readAccountMigration(account?.migration);
  if (!account || migration?.status !== 'all-messages-migrated' || !migration.recentSince) return;
  if (run.verificationId === undefined && (await differencesAreOpen(tx, account.id))) return;
  const compared = await comparedBrands(tx, account.id, run.verificationId);
  const brands = compared.flatMap(certified);
  if (brands.length === 0 || brands.length < compared.length) return;
  const statement: CertificateStatement = {
    kind: 'carryover-migration-certificate',
    version: 2,
    account_id: run.accountId,
    store_id: await readStoreId(tx),
    made_at: await storeTime(tx),
    recent_since: migration.recentSince,
    made_after: run.after,
    previous: await previousHash(tx, account.id),
    workflow: { id: run.workflow.id, run_id: run.workflow.runId },
    code: run.code,
    totals: totalsOf(brands),
    brands,
  };
  if (!figureSteps(statement).every(({ holds }) => holds)) return;
  if (replace) await supersede(tx, run.accountId, 'newer-certificate');
  await insertCertificate(tx, account.id, statement);
}

/**
 * A certificate anew where what the latest one says is not so any more: records were taken out of quarantine since, waived, or a waiver was
 * revoked. Within the caller's transaction.
 */
export async function renewCertificate(tx: Transaction, run: Omit<CertifiedRun, 'after'>): Promise<void> {
  const rows = await tx.rows<{ document: string; checked_since: boolean | null }>`
    SELECT c.document, (
      SELECT max(p.completed_at) > c.made_at FROM brands b JOIN carryover.phases p ON p.unit_id = b.unit_id AND p.pass = 'copy'
      WHERE b.account_id = c.account_id) AS checked_since
    FROM carryover.certificates c JOIN accounts a ON a.id = c.account_id
    WHERE a.source_id = ${run.accountId} AND c.superseded_at IS NULL AND c.revoked_at IS NULL ORDER BY c.id DESC LIMIT 1`;
  const [latest] = rows;
  if (!latest) return;
  const after =
    latest.checked_since === true ? 'retry' : await waiversChanged(tx, run.accountId, latest.document);
  if (after === undefined) return;
  // A run may be asked for several retries, and certifies each.
  await makeCertificate(tx, { ...run, after }, { replace: true });
}

async function insertCertificate(
  tx: Transaction,
  accountRowId: bigint,
  statement: CertificateStatement,
): Promise<void> {
  const document = canonicalJson(await signStatement(tx, statement));
  const { id: workflowId, run_id: runId } = statement.workflow;
  const made = await tx.rows<{ id: bigint }>`
    INSERT INTO carryover.certificates (account_id, workflow_id, run_id, document)
    VALUES (${accountRowId}, ${workflowId}, ${runId}, ${document})
    ON CONFLICT (account_id, workflow_id, run_id) WHERE superseded_at IS NULL AND revoked_at IS NULL DO NOTHING RETURNING id`;
  if (made[0]) await supersede(tx, statement.account_id, 'newer-certificate', made[0].id);
}

/** Those that are current, and were made before `newer`, if there is one. */
export async function supersede(
  tx: Transaction,
  accountId: string,
  why: 'newer-certificate' | 'differences-found',
  newer?: bigint,
): Promise<void> {
  await tx.run`
    UPDATE carryover.certificates c SET superseded_at = clock_timestamp(), superseded_why = ${why} FROM accounts a
    WHERE a.id = c.account_id AND a.source_id = ${accountId} AND c.superseded_at IS NULL
      AND (${newer ?? null}::bigint IS NULL OR c.id < ${newer ?? null}::bigint)`;
}

/** What certificates speak of is being removed: none holds any more. Idempotent. */
export async function revokeCertificates(tx: Transaction, accountId: string, by: string): Promise<void> {
  await tx.run`
    UPDATE carryover.certificates c SET revoked_at = clock_timestamp(), revoked_by = ${by} FROM accounts a
    WHERE a.id = c.account_id AND a.source_id = ${accountId} AND c.revoked_at IS NULL`;
}

interface ComparedBrand {
  readonly brand_id: string;
  readonly at: Date | null;
  readonly compared: CheckedPhase | null;
  readonly waived: CertifiedWaiver[];
}

/**
 * Each brand's comparison: by the verification that is named, else the latest that found it equal, an import's check or a verification's.
 * What only the source has gained meanwhile is no difference.
 */
function comparedBrands(
  tx: Transaction,
  accountRowId: bigint,
  verificationId: string | undefined,
): Promise<ComparedBrand[]> {
  const verification = verificationId === undefined ? null : BigInt(verificationId);
  return tx.rows<ComparedBrand>`
    SELECT b.source_id AS brand_id, c.at, c.compared, w.waived FROM brands b
    LEFT JOIN LATERAL (
      SELECT * FROM (
        SELECT p.completed_at AS at, p.checked AS compared, 0 AS pass FROM carryover.phases p
        WHERE p.unit_id = b.unit_id AND p.pass = 'copy' AND p.phase = 'remaining' AND p.completed_at IS NOT NULL AND ${verification}::bigint IS NULL
        UNION ALL
        SELECT v.ended_at, v.compared, v.pass FROM carryover.verification_brands v
        WHERE v.brand_id = b.id AND v.ended_at IS NOT NULL AND v.verification_id = coalesce(${verification}::bigint, v.verification_id)
          AND (${verification}::bigint IS NOT NULL OR v.imported AND NOT EXISTS (
            SELECT FROM carryover.verification_differences d
            WHERE (d.verification_id, d.brand_id, d.pass) = (v.verification_id, v.brand_id, v.pass) AND d.difference <> 'new'))
      ) known ORDER BY at DESC, pass DESC LIMIT 1
    ) c ON true
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_agg(jsonb_build_object('by', waived_by, 'reason', waived_reason, 'records', n)
        ORDER BY waived_by, waived_reason), '[]') AS waived
      FROM (
        SELECT waived_by, waived_reason, count(*) AS n FROM quarantined_records
        WHERE brand_id = b.id AND waived_at IS NOT NULL GROUP BY waived_by, waived_reason) by_reason
    ) w
    WHERE b.account_id = ${accountRowId} AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE ORDER BY b.id`;
}

function certified({ brand_id: brandId, at, compared, waived }: ComparedBrand): CertifiedBrand[] {
  if (compared === null || at === null) return [];
  const { source, store, held, hashes } = compared;
  const quarantinedThreads = held.quarantinedThreads ?? source.quarantinedThreads;
  return [
    {
      brand_id: brandId,
      compared_at: at.toISOString(),
      source: shownSide(source),
      store: shownSide(store),
      held: {
        messages: held.messages,
        threads: held.threads,
        quarantined_messages: held.quarantined - quarantinedThreads,
        quarantined_threads: quarantinedThreads,
        superseded: held.superseded,
      },
      waived,
      records: hashes ? { algorithm: 'sha256-by-thread', ...hashes } : null,
    },
  ];
}

async function differencesAreOpen(tx: Transaction, accountRowId: bigint): Promise<boolean> {
  const [latest] = await tx.rows<{ state: string }>`
    SELECT state FROM carryover.verifications WHERE account_id = ${accountRowId} AND state IN ('equal', 'unequal')
    ORDER BY id DESC LIMIT 1`;
  return latest?.state === 'unequal';
}

/** `waiver` where who waived what is not what the certificate says. */
async function waiversChanged(
  tx: Transaction,
  accountId: string,
  document: string,
): Promise<'waiver' | undefined> {
  const [account] = await tx.rows<{ id: bigint }>`SELECT id FROM accounts WHERE source_id = ${accountId}`;
  const now = await comparedBrands(tx, account?.id ?? 0n, undefined);
  const { certificate } = JSON.parse(document) as { certificate: CertificateStatement };
  const told = new Map(certificate.brands.map((brand) => [brand.brand_id, brand.waived ?? []]));
  const same = now.every(
    ({ brand_id: brandId, waived }) => canonicalJson(waived) === canonicalJson(told.get(brandId) ?? []),
  );
  return same ? undefined : 'waiver';
}

/** By the clock that comparisons are dated with. */
async function storeTime(tx: Transaction): Promise<string> {
  const [row] = await tx.rows<{ now: Date }>`SELECT clock_timestamp() AS now`;
  if (row === undefined) throw new Error('PostgreSQL did not answer what time it is.');
  return row.now.toISOString();
}

async function previousHash(tx: Transaction, accountRowId: bigint): Promise<string | null> {
  const [latest] = await tx.rows<{ document: string }>`
    SELECT document FROM carryover.certificates WHERE account_id = ${accountRowId} ORDER BY id DESC LIMIT 1`;
  return latest === undefined ? null : certificateHash(latest.document);
}
