import { migrationOf } from '../../../../domain/conversations/migration.js';
import { canonicalJson } from '../../../../domain/engine/canonical-json.js';
import type { CertificateStatement } from '../../../../domain/engine/certificate.js';
import { totalsOf } from '../../../../domain/engine/certificate-figures.js';
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
  await issueCertificate(tx, migrationOf(accountId), stated, { replace });
}

/**
 * A certificate anew where what the latest one says is not so any more: records were taken out of quarantine since, waived, or a waiver was
 * revoked. Within the caller's transaction.
 */
export async function renewCertificate(tx: Transaction, run: Omit<CertifiedRun, 'after'>): Promise<void> {
  const current = await currentCertificate(tx, migrationOf(run.accountId));
  if (!current) return;
  const after = current.checkedSince ? 'retry' : await waiversChanged(tx, run.accountId, current.document);
  if (after === undefined) return;
  // A run may be asked for several retries, and certifies each.
  await makeCertificate(tx, { ...run, after }, { replace: true });
}

/** `waiver` where who waived what is not what the certificate says. */
async function waiversChanged(
  tx: Transaction,
  accountId: string,
  document: string,
): Promise<'waiver' | undefined> {
  const now = await brandsToCertify(tx, accountId, undefined);
  const { certificate } = JSON.parse(document) as { certificate: CertificateStatement };
  const told = new Map(certificate.brands.map((brand) => [brand.brand_id, brand.waived ?? []]));
  const same = now.every(
    ({ brandId, waived }) => canonicalJson(waived) === canonicalJson(told.get(brandId) ?? []),
  );
  return same ? undefined : 'waiver';
}
