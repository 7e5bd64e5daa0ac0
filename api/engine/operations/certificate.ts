import type { CertificateRecord } from '../../../gateways/store/proof/certificate-reads.js';
import { Problem } from '../../http/problems.js';
import type { ApiKind } from '../kind.js';

/** The latest certificate. Throws Problem 404 if there is none; 410 if it was revoked. */
export async function latestCertificate(kind: ApiKind, key: string): Promise<CertificateRecord> {
  const found = await kind.certificates?.read(key);
  if (found === undefined) throw noCertificate();
  if (found.state !== 'revoked') return found;
  const { since, revokedBy } = found;
  throw new Problem(
    'gone',
    `The certificate was revoked ${since?.toISOString()}, when ${revokedBy} reset the ${kind.subject}. The next one is created when the migration is done again.`,
  );
}

/** The status of the latest certificate, or of the one with this hash. Throws Problem 404 if there never was one. */
export async function certificateStatus(kind: ApiKind, key: string, sha256: string | undefined) {
  const found = await kind.certificates?.read(key, sha256);
  if (found === undefined && sha256 === undefined) throw noCertificate();
  return {
    state: found?.state ?? ('unknown' as const),
    sha256: found?.sha256 ?? sha256 ?? '',
    made_at: found?.madeAt.toISOString() ?? null,
    since: found?.since?.toISOString() ?? null,
    why: found?.why ?? null,
    revoked_by: found?.revokedBy ?? null,
  };
}

function noCertificate(): Problem {
  return new Problem(
    'not-found',
    'There is no certificate: one is created when the migration is done, and when a verification finds all equal.',
  );
}
