import { sha256Hex } from '../../../domain/conversations/digest.js';
import type { QuarantinedRecord } from '../../../domain/conversations/rows.js';
import type { ImportedBrand } from './brand.js';
import type { Connection } from './transaction.js';

/** Tells records apart whatever characters their keys hold: `a/b` + `c` is not `a` + `b/c`. */
export function recordHash(rangeKey: string, sourceKey: string): string {
  return sha256Hex(`[${JSON.stringify(rangeKey)}, ${JSON.stringify(sourceKey)}]`);
}

/** The same of two SQL expressions of text. */
export function recordHashSql(rangeKey: string, sourceKey: string): string {
  return `encode(sha256(convert_to(json_build_array(${rangeKey}, ${sourceKey})::text, 'UTF8')), 'hex')`;
}

/**
 * Puts records into quarantine. A message's record that is there already gets the newer contents; a thread's one too, unless this
 * phase put it there: threads can be read several times. Answers how many threads are new in this phase, and how many messages'
 * records were not there before.
 */
export async function quarantine(
  connection: Connection,
  brand: ImportedBrand,
  phase: string,
  records: readonly QuarantinedRecord[],
): Promise<number> {
  if (records.length === 0) return 0;
  const distinct = new Map<string, QuarantinedRecord>();
  for (const record of records) {
    distinct.set(`${record.sourceTable}/${recordHash(record.rangeKey, record.sourceKey)}`, record);
  }
  // In one order for all, so that two lanes with the same records do not wait for each other.
  const rows = [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  const written = await connection.query<{ known: boolean }>(
    `INSERT INTO quarantined_records (account_source_id, brand_id, phase, source_table, source_key, source_key_hash, range_key,
       source_id, identity, reason, raw)
     SELECT $1::text, $2::bigint, $3::text, * FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
       $11::jsonb[])
     ON CONFLICT (source_table, source_key_hash) DO UPDATE SET account_source_id = excluded.account_source_id,
       brand_id = excluded.brand_id, phase = excluded.phase, source_id = excluded.source_id, identity = excluded.identity,
       reason = excluded.reason, raw = excluded.raw, quarantined_at = now()
     WHERE excluded.source_table <> 'threads' OR quarantined_records.phase IS DISTINCT FROM excluded.phase
     RETURNING source_table <> 'threads' AND xmax <> 0 AS known`,
    [
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
    ],
  );
  return written.rows.filter(({ known }) => !known).length;
}
