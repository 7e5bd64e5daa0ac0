import type pg from 'pg';
import { DIGEST_VERSION } from '../../domain/conversations/records/digest.js';

type Pool = Pick<pg.Pool, 'query'>;

/** Makes accounts and brands that a test has inserted by SQL migrations and units. */
export async function addUnits(pool: Pool): Promise<void> {
  await pool.query(`
    INSERT INTO carryover.migrations (kind, subject) SELECT 'conversations', source_id FROM accounts ON CONFLICT DO NOTHING;
    INSERT INTO carryover.units (migration_id, key)
    SELECT m.id, b.source_id FROM brands b JOIN accounts a ON a.id = b.account_id
    JOIN carryover.migrations m ON m.kind = 'conversations' AND m.subject = a.source_id ON CONFLICT DO NOTHING;
    UPDATE brands b SET unit_id = u.id FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id
    JOIN accounts a ON a.source_id = m.subject WHERE u.key = b.source_id AND a.id = b.account_id AND b.unit_id IS NULL`);
}

/** Adds a phase of a brand, unless it is there; `run` is a verification's id. */
export async function addPhase(
  pool: Pool,
  brandId: string,
  phase: string,
  { pass = 'copy', run = '0', checked }: { pass?: string; run?: string; checked?: unknown } = {},
): Promise<void> {
  await pool.query(
    `INSERT INTO carryover.phases (unit_id, pass, run, phase, digest_version, completed_at, checked)
     SELECT unit_id, $2, $3, $4, $5, CASE WHEN $6::jsonb IS NOT NULL THEN now() END, $6 FROM brands WHERE source_id = $1
     ON CONFLICT DO NOTHING`,
    [brandId, pass, run, phase, DIGEST_VERSION, checked === undefined ? null : JSON.stringify(checked)],
  );
}

export interface TestSlice {
  readonly stage: string;
  readonly pass?: string;
  readonly run?: string;
  readonly read?: number;
  readonly quarantined?: number;
  readonly parts?: number;
  readonly estimate?: number;
  readonly bounds?: readonly [number, number];
  readonly done?: boolean;
}

/** Adds a slice of a phase that is there, with what it has counted. */
export async function addSlice(pool: Pool, brandId: string, phase: string, slice: TestSlice): Promise<void> {
  const { stage, pass = 'copy', run = '0', read = 0, quarantined = 0, parts = 0 } = slice;
  const { estimate = 0, bounds, done = false } = slice;
  await pool.query(
    `WITH s AS (
       INSERT INTO carryover.work (unit_id, pass, run, phase, stage, read, estimate, estimate_low, estimate_high, done)
       SELECT unit_id, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM brands WHERE source_id = $1 RETURNING *)
     INSERT INTO carryover.tallies (unit_id, pass, run, phase, stage, slice_id, read, taken, quarantined, parts)
     SELECT unit_id, pass, run, phase, stage, id, $6, $6::bigint - $11, $11, $12 FROM s`,
    [
      ...[brandId, pass, run, phase, stage, read, estimate, bounds?.[0] ?? null, bounds?.[1] ?? null, done],
      quarantined,
      parts,
    ],
  );
}
