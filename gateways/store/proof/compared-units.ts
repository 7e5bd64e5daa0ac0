import type { Transaction } from '../sql/transaction.js';

/** Both sides of a unit as they were compared; `Compared` is the kind's form of them. */
export interface Comparison<Compared> {
  readonly at: Date;
  readonly compared: Compared;
}

/**
 * The comparisons of these units, by the store's id of each: those of the named verification, otherwise the latest that found the unit equal, at the
 * end of `lastPhase` or in a verification. Records that only the source has gained since are not differences. Omits units without a comparison.
 */
export async function comparedUnits<Compared>(
  tx: Transaction,
  unitIds: readonly string[],
  lastPhase: string,
  verificationId: string | undefined,
): Promise<ReadonlyMap<string, Comparison<Compared>>> {
  const verification = verificationId === undefined ? null : BigInt(verificationId);
  const rows = await tx.rows<{ unit_id: string; at: Date; compared: Compared }>`
    SELECT u.id::text AS unit_id, c.at, c.compared FROM unnest(${[...unitIds]}::text[]::bigint[]) AS u (id)
    CROSS JOIN LATERAL (
      SELECT * FROM (
        SELECT p.completed_at AS at, p.checked AS compared, 0 AS pass FROM carryover.phases p
        WHERE p.unit_id = u.id AND p.pass = 'copy' AND p.phase = ${lastPhase} AND p.completed_at IS NOT NULL AND ${verification}::bigint IS NULL
        UNION ALL
        SELECT v.ended_at, v.compared, v.pass FROM carryover.verification_units v
        WHERE v.unit_id = u.id AND v.ended_at IS NOT NULL AND v.verification_id = coalesce(${verification}::bigint, v.verification_id)
          AND (${verification}::bigint IS NOT NULL OR v.imported AND NOT EXISTS (
            SELECT FROM carryover.verification_differences d
            WHERE (d.verification_id, d.unit_id, d.pass) = (v.verification_id, v.unit_id, v.pass) AND d.difference <> 'new'))
      ) known ORDER BY at DESC, pass DESC LIMIT 1
    ) c WHERE c.compared IS NOT NULL`;
  return new Map(rows.map(({ unit_id: unitId, at, compared }) => [unitId, { at, compared }]));
}
