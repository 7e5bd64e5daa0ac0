import type { CertificateStatement } from '../../../../domain/conversations/certificate.js';
import { accountCertificates, totalsOf } from '../../../../domain/conversations/certificate-figures.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { canonicalJson } from '../../../../domain/engine/proof/canonical-json.js';
import { currentCertificate, issueCertificate } from '../../proof/certificates.js';
import { differencesAreOpen } from '../../proof/verifications.js';
import type { Transaction } from '../../sql/transaction.js';
import { readSteered } from '../status/account-migration.js';
import { brandsToCertify, certifiedBrand } from './certified-brands.js';

export interface CertifiedRun {
  readonly accountId: string;
  readonly workflow: { readonly id: string; readonly runId: string };
  readonly code: { readonly version: string; readonly commit: string | null };
  readonly after: CertificateStatement['made_after'];
  /** Certifies the comparisons of this verification; by default the latest of each brand. */
  readonly verificationId?: string;
}

/**
 * Issues a certificate if all brands have all their messages with both sides equal. Does nothing for other accounts, or while the latest
 * verification's differences are open. Supersedes earlier certificates. Runs in the caller's transaction. Idempotent for a run whose certificate is
 * current, unless it must be replaced.
 */
export async function makeCertificate(
  tx: Transaction,
  { accountId, workflow, code, after, verificationId }: CertifiedRun,
  { replace = false } = {},
): Promise<void> {
  const migration = (await readSteered(tx, accountId))?.migration;
  if (migration?.status !== 'all-messages-migrated' || !migration.recentSince) return;
  if (verificationId === undefined && (await differencesAreOpen(tx, migrationOf(accountId)))) return;
  const counted = await brandsToCertify(tx, accountId, verificationId);
  const brands = counted.flatMap(certifiedBrand);
  if (brands.length === 0 || brands.length < counted.length) return;
  const stated = {
    account_id: accountId,
    recent_since: migration.recentSince,
    made_after: after,
    workflow: { id: workflow.id, run_id: workflow.runId },
    code,
    totals: totalsOf(brands),
    brands,
  };
  await issueCertificate<CertificateStatement>(
    tx,
    migrationOf(accountId),
    accountCertificates.figureSteps,
    stated,
    { replace },
  );
}

/**
 * Issues a new certificate if the current one is outdated: records have left quarantine since, were waived, or a waiver was revoked. Runs in the
 * caller's transaction.
 */
export async function renewCertificate(tx: Transaction, run: Omit<CertifiedRun, 'after'>): Promise<void> {
  const current = await currentCertificate(tx, migrationOf(run.accountId));
  if (!current) return;
  const after = current.checkedSince ? 'retry' : await waiversChanged(tx, run.accountId, current.document);
  if (after === undefined) return;
  // A run may handle several retries and certifies each.
  await makeCertificate(tx, { ...run, after }, { replace: true });
}

/** `waiver` if the waivers differ from those in the certificate. */
async function waiversChanged(
  tx: Transaction,
  accountId: string,
  document: string,
): Promise<'waiver' | undefined> {
  const now = await brandsToCertify(tx, accountId, undefined);
  const { certificate } = JSON.parse(document) as { certificate: CertificateStatement };
  const given = new Map(certificate.brands.map((brand) => [brand.brand_id, brand.waived ?? []]));
  const same = now.every(
    ({ brandId, waived }) => canonicalJson(waived) === canonicalJson(given.get(brandId) ?? []),
  );
  return same ? undefined : 'waiver';
}
