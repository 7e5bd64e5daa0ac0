import { storable } from '../../../../domain/engine/text.js';
import type { ImportedBrand } from '../import/brand.js';
import { IS_COUNTED } from '../import/quarantine.js';
import type { Transaction } from '../../sql/transaction.js';
import type { RecordName } from './record-names.js';

/** One place where the store keeps a source thread. */
export interface ThreadState {
  readonly place: 'source' | 'quarantined';
  /** Of a quarantined record. */
  readonly recordId: string | null;
  /** The source thread's id as the store holds it. */
  readonly sourceId: string;
  /** The store's ids. */
  readonly brandId: string;
  readonly accountId: string;
  /** Conversations' id of the brand. */
  readonly brandSourceId: string;
  /** The thread of a source, and its contact. */
  readonly threadId: string | null;
  readonly contactId: string | null;
  /** The phase that has read it last. */
  readonly phase: string | null;
  readonly isCounted: boolean;
  readonly digest: bigint;
  /** Another value after every change. */
  readonly version: string;
}

const SOURCES = `
  SELECT 'source' AS place, NULL::bigint AS id, s.source_id, t.brand_id, b.account_id, b.source_id AS brand, s.thread_id, t.contact_id, s.phase,
    s.phase IS NOT NULL AS counted, thread_digest(s, t) AS digest, md5(concat(s.original, c.source_name, c.name_at)) AS version
  FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id JOIN brands b ON b.id = t.brand_id
  LEFT JOIN contacts c ON c.id = t.contact_id AND c.name_source_id = s.source_id
  WHERE s.source_id = ANY ($1::text[])`;

const QUARANTINED = `
  SELECT 'quarantined', q.id, q.range_key, q.brand_id, b.account_id, b.source_id, NULL::bigint, NULL::bigint, q.phase, ${IS_COUNTED}, 0,
    md5(concat(q.reason, q.raw))
  FROM quarantined_records q JOIN brands b ON b.id = q.brand_id
  WHERE q.source_table = 'threads' AND b.account_id = $2 AND q.range_key = ANY ($1::text[])`;

/** What the store keeps of source threads with these ids: the sources of any account, and quarantined records of all brands of this one. */
export async function findThreadStates(
  tx: Transaction,
  { accountId }: Pick<ImportedBrand, 'accountId'>,
  names: readonly RecordName[],
): Promise<ThreadState[]> {
  if (names.length === 0) return [];
  const ids = [...new Set(names.map(({ key }) => storable(key.range)))];
  const { rows } = await tx.query<Record<string, string | null> & { counted: boolean }>(
    `${SOURCES} UNION ALL ${QUARANTINED}`,
    [ids, accountId],
  );
  return rows.map((row) => ({
    place: row['place'] as ThreadState['place'],
    recordId: row['id'] ?? null,
    sourceId: row['source_id'] ?? '',
    brandId: row['brand_id'] ?? '',
    accountId: row['account_id'] ?? '',
    brandSourceId: row['brand'] ?? '',
    threadId: row['thread_id'] ?? null,
    contactId: row['contact_id'] ?? null,
    phase: row['phase'] ?? null,
    isCounted: row.counted,
    digest: BigInt(row['digest'] ?? 0),
    version: row['version'] ?? '',
  }));
}

/** Removes the quarantined records among these states. */
export async function removeQuarantinedThreads(
  tx: Transaction,
  states: readonly ThreadState[],
): Promise<void> {
  const ids = states.flatMap(({ recordId }) => recordId ?? []);
  if (ids.length > 0) await tx.query('DELETE FROM quarantined_records WHERE id = ANY ($1::bigint[])', [ids]);
}
