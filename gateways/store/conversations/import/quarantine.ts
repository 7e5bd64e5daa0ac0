import { sha256Hex } from '../../../../domain/conversations/records/digest.js';
import type { QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { released } from '../../../../domain/engine/tally.js';
import { correctImportTally } from '../check/import-tallies.js';
import type { ImportedBrand } from './brand.js';
import { IMPORT_PHASES, MESSAGES } from './phases.js';
import { AnotherCameFirst } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';

/** Distinguishes records whatever their keys contain: `a/b` + `c` differs from `a` + `b/c`. */
export function recordHash(rangeKey: string, sourceKey: string): string {
  return sha256Hex(`[${JSON.stringify(rangeKey)}, ${JSON.stringify(sourceKey)}]`);
}

/** The same for two SQL text expressions. */
export function recordHashSql(rangeKey: string, sourceKey: string): string {
  return `encode(sha256(convert_to(json_build_array(${rangeKey}, ${sourceKey})::text, 'UTF8')), 'hex')`;
}

/**
 * Puts records into quarantine. Updates a message's record that is already there, and a thread's record unless this phase wrote it, because threads
 * can be read several times. Returns the number of threads that are new in this phase plus message records that the brand does not count yet. A
 * message record that Conversations moved to this brand is subtracted from the other brand's tally.
 */
export async function quarantine(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
  records: readonly QuarantinedRecord[],
): Promise<number> {
  if (records.length === 0) return 0;
  const distinct = new Map<string, QuarantinedRecord>();
  for (const record of records) {
    distinct.set(`${record.sourceTable}/${recordHash(record.rangeKey, record.sourceKey)}`, record);
  }
  // In a fixed order, so that two lanes with the same records do not deadlock.
  const rows = [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  const values = valuesOf(brand, phase, rows);
  const known = await lockKnown(
    tx,
    rows.map((row) => recordHash(row.rangeKey, row.sourceKey)),
  );
  const written = await tx.query<{ hash: string; known: boolean }>(
    `${UPSERT} WHERE excluded.source_table <> 'threads' OR quarantined_records.phase IS DISTINCT FROM excluded.phase
     RETURNING source_key_hash AS hash, source_table <> 'threads' AND xmax <> 0 AS known`,
    values,
  );
  if (written.rows.some((row) => row.known && !known.has(row.hash))) throw new AnotherCameFirst();
  const counted = [...known.values()].filter((row) => row.isCounted);
  for (const { brandId, phase: phaseOfOther } of counted.filter((row) => row.brandId !== brand.id))
    await correctImportTally(tx, brandId, phaseOfOther, MESSAGES, released(1));
  return written.rows.length - counted.filter((row) => row.brandId === brand.id).length;
}

const UPSERT = `
  INSERT INTO quarantined_records (account_source_id, brand_id, phase, source_table, source_key, source_key_hash, range_key,
    source_id, identity, reason, raw)
  SELECT $1::text, $2::bigint, $3::text, * FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::jsonb[])
  ON CONFLICT (source_table, source_key_hash) DO UPDATE SET account_source_id = excluded.account_source_id,
    brand_id = excluded.brand_id, phase = excluded.phase, source_id = excluded.source_id, identity = excluded.identity,
    reason = excluded.reason, raw = excluded.raw, quarantined_at = now()`;

function valuesOf(brand: ImportedBrand, phase: string, rows: readonly QuarantinedRecord[]): unknown[] {
  return [
    brand.accountSourceId,
    brand.id,
    phase,
    rows.map((row) => row.sourceTable),
    rows.map((row) => row.sourceKey),
    rows.map((row) => recordHash(row.rangeKey, row.sourceKey)),
    rows.map((row) => row.rangeKey),
    rows.map((row) => row.sourceId),
    rows.map((row) => row.identity),
    rows.map((row) => row.reason),
    rows.map((row) => row.raw),
  ];
}

/** Puts records into quarantine as they are now. Corrects no tally. The account's lock must be held alone. */
export async function quarantineAnew(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
  records: readonly QuarantinedRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const columns = ['account_source_id', 'brand_id', 'phase', 'source_id', 'reason', 'raw'];
  const of = (row: string) => columns.map((column) => `${row}.${column}`).join(', ');
  await tx.query(
    `${UPSERT} WHERE (${of('quarantined_records')}) IS DISTINCT FROM (${of('excluded')})`,
    valuesOf(brand, phase, records),
  );
}

/** SQL: whether a tally counts the record `q`. False if the phase that read it was removed or will read it again. */
export const IS_COUNTED = `EXISTS (SELECT FROM ${IMPORT_PHASES} p WHERE p.brand_id = q.brand_id AND p.phase = q.phase)`;

/** Existing message records, by hash. */
async function lockKnown(
  tx: Transaction,
  hashes: readonly string[],
): Promise<Map<string, { readonly brandId: string; readonly phase: string; readonly isCounted: boolean }>> {
  const { rows } = await tx.query<{ hash: string; brand_id: string; phase: string; counted: boolean }>(
    `SELECT source_key_hash AS hash, brand_id, coalesce(phase, '') AS phase, ${IS_COUNTED} AS counted FROM quarantined_records q
     WHERE source_table = 'messages' AND source_key_hash = ANY ($1::text[]) ORDER BY source_key_hash FOR UPDATE`,
    [hashes],
  );
  return new Map(
    rows.map((row) => [row.hash, { brandId: row.brand_id, phase: row.phase, isCounted: row.counted }]),
  );
}
