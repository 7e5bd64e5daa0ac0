import type { CertifiedBrand, CertifiedWaiver } from '../../../../domain/conversations/certificate.js';
import { comparedUnits } from '../../proof/compared-units.js';
import type { Comparison } from '../../proof/compared-units.js';
import type { Transaction } from '../../sql/transaction.js';
import { type CheckedPhase, shownSide } from '../check/compared.js';

export interface BrandToCertify {
  readonly brandId: string;
  /** Undefined if both sides were never found equal. */
  readonly comparison: Comparison<CheckedPhase> | undefined;
  readonly waived: CertifiedWaiver[];
  /** Records that the source has removed since they were imported. */
  readonly removed: number;
}

/** The account's brands that count, in the payload's order: with the comparisons of the named verification, otherwise the latest of each brand. */
export async function brandsToCertify(
  tx: Transaction,
  accountId: string,
  verificationId: string | undefined,
): Promise<BrandToCertify[]> {
  const rows = await tx.rows<{
    brand_id: string;
    unit_id: string | null;
    waived: CertifiedWaiver[];
    removed: number;
  }>`
    SELECT b.source_id AS brand_id, b.unit_id::text, w.waived,
      (SELECT count(*)::integer FROM carryover.removed_records r WHERE r.brand_id = b.id) AS removed
    FROM brands b JOIN accounts a ON a.id = b.account_id
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_agg(jsonb_build_object('by', waived_by, 'reason', waived_reason, 'records', n)
        ORDER BY waived_by, waived_reason), '[]') AS waived
      FROM (
        SELECT waived_by, waived_reason, count(*) AS n FROM quarantined_records
        WHERE brand_id = b.id AND waived_at IS NOT NULL GROUP BY waived_by, waived_reason) by_reason
    ) w
    WHERE a.source_id = ${accountId} AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE ORDER BY b.id`;
  const unitIds = rows.flatMap(({ unit_id: unitId }) => unitId ?? []);
  const comparisons = await comparedUnits<CheckedPhase>(tx, unitIds, 'remaining', verificationId);
  return rows.map(({ brand_id: brandId, unit_id: unitId, waived, removed }) => ({
    brandId,
    comparison: comparisons.get(unitId ?? ''),
    waived,
    removed,
  }));
}

/** Empty for a brand that cannot be certified. */
export function certifiedBrand({ brandId, comparison, waived, removed }: BrandToCertify): CertifiedBrand[] {
  if (comparison === undefined) return [];
  const { at, compared } = comparison;
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
        ...(held.removed !== undefined && { removed: held.removed }),
      },
      waived,
      removed,
      records: hashes ? { algorithm: 'sha256-by-thread', ...hashes } : null,
    },
  ];
}
