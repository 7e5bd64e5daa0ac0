import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import type { Transaction } from '../../sql/transaction.js';
import type { RecordName } from './record-names.js';

/** A record of a brand (the store's id). */
export interface BrandRecord {
  readonly brandId: string;
  readonly table: SourceTable;
  readonly name: RecordName;
}

/** Marks these records as removed by the source. */
export async function noteRemovedRecords(tx: Transaction, records: readonly BrandRecord[]): Promise<void> {
  if (records.length === 0) return;
  await tx.query(
    `INSERT INTO carryover.removed_records (brand_id, source_table, source_key, source_key_hash)
     SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [
      records.map(({ brandId }) => brandId),
      records.map(({ table }) => table),
      records.map(({ name }) => name.sourceKey),
      records.map(({ name }) => name.recordHash),
    ],
  );
}

/** Deletes the marks of records that the source has again. */
export async function forgetRemovedRecords(tx: Transaction, records: readonly BrandRecord[]): Promise<void> {
  if (records.length === 0) return;
  await tx.query(
    `DELETE FROM carryover.removed_records r USING unnest($1::bigint[], $2::text[], $3::text[]) AS v (brand_id, source_table, hash)
     WHERE r.brand_id = v.brand_id AND r.source_table = v.source_table AND r.source_key_hash = v.hash`,
    [
      records.map(({ brandId }) => brandId),
      records.map(({ table }) => table),
      records.map(({ name }) => name.recordHash),
    ],
  );
}
