import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { ask } from '../sql/ask.js';

export interface CertificateRecord {
  /** The exact text of the file. */
  readonly document: string;
  /** SHA-256 of the document, hexadecimal. */
  readonly sha256: string;
  readonly madeAt: Date;
  readonly state: 'current' | 'superseded' | 'revoked';
  /** When it was superseded or revoked. */
  readonly since: Date | null;
  readonly why: 'newer-certificate' | 'differences-found' | 'reset' | null;
  /** Who requested the reset that revoked it. */
  readonly revokedBy: string | null;
}

/** The migration's latest certificate, or the one with this SHA-256; undefined if there is none. Throws StoreUnavailable. */
export async function readCertificate(
  pool: Pick<pg.Pool, 'query'>,
  { kind, subject }: MigrationRef,
  sha256?: string,
): Promise<CertificateRecord | undefined> {
  const [row] = await ask<CertificateRecord>(
    pool,
    `SELECT c.document, h.sha256, c.made_at AS "madeAt", coalesce(c.revoked_at, c.superseded_at) AS since,
       CASE WHEN c.revoked_at IS NOT NULL THEN 'revoked' WHEN c.superseded_at IS NOT NULL THEN 'superseded' ELSE 'current' END AS state,
       CASE WHEN c.revoked_at IS NOT NULL THEN 'reset' ELSE c.superseded_why END AS why, c.revoked_by AS "revokedBy"
     FROM carryover.certificates c
       CROSS JOIN LATERAL (SELECT encode(sha256(convert_to(c.document, 'UTF8')), 'hex') AS sha256) h
     WHERE c.kind = $1 AND c.subject = $2 AND ($3::text IS NULL OR h.sha256 = $3) ORDER BY c.id DESC LIMIT 1`,
    [kind, subject, sha256 ?? null],
  );
  return row;
}
