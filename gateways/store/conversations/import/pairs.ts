import { byteOrder } from '../../../../domain/engine/bytes/order.js';
import { THREAD_STATUSES } from '../../../../domain/conversations/records/rows.js';
import type { ThreadRow, ThreadStatus } from '../../../../domain/conversations/records/rows.js';
import type { ImportedBrand } from './brand.js';
import type { Transaction } from '../../sql/transaction.js';

/** The store's threads for pair keys. All of them are locked. */
export interface Pairs {
  /** Pair key → the store's thread id. */
  readonly threadIds: ReadonlyMap<string, string>;
  /** Ids of the threads that this transaction has created, with the merged status of `rows`: nobody else can give them a source yet. */
  readonly made: ReadonlySet<string>;
}

/** A row that existed was locked before it was updated, which sets xmax. */
const UPSERT = `
  INSERT INTO message_threads (brand_id, contact_id, pair_key, c1, c2, status)
  SELECT $1::bigint, c.id, p.pair_key, p.c1, p.c2, p.status
  FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS p (pair_key, c1, c2, status, n)
  JOIN contacts c ON c.account_id = $2::bigint AND c.identity = p.c2
  ORDER BY p.n
  ON CONFLICT (brand_id, pair_key) DO UPDATE SET contact_id = excluded.contact_id, c1 = excluded.c1, c2 = excluded.c2
  WHERE (message_threads.contact_id, message_threads.c1, message_threads.c2)
    IS DISTINCT FROM (excluded.contact_id, excluded.c1, excluded.c2)
  RETURNING id, pair_key, xmax = 0 AS made`;

/** Creates or updates a thread for each pair key. Their contacts must exist. */
export async function upsertPairs(
  tx: Transaction,
  brand: ImportedBrand,
  rows: readonly ThreadRow[],
): Promise<Pairs> {
  const byKey = new Map<string, { readonly row: ThreadRow; readonly status: ThreadStatus }>();
  for (const row of rows)
    byKey.set(row.pairKey, { row, status: merged(row.status, byKey.get(row.pairKey)?.status) });
  const pairs = [...byKey.values()].toSorted((a, b) => byteOrder(a.row.pairKey, b.row.pairKey));
  const written = await tx.query<{ id: string; pair_key: string; made: boolean }>(UPSERT, [
    brand.id,
    brand.accountId,
    pairs.map(({ row }) => row.pairKey),
    pairs.map(({ row }) => row.c1),
    pairs.map(({ row }) => row.c2),
    pairs.map(({ status }) => status),
  ]);
  const threadIds = new Map(written.rows.map((row) => [row.pair_key, row.id]));
  const others = [...byKey.keys()].filter((key) => !threadIds.has(key));
  for (const { id, pair_key: key } of await lockPairs(tx, brand, others)) threadIds.set(key, id);
  return { threadIds, made: new Set(written.rows.flatMap(({ id, made }) => (made ? [id] : []))) };
}

async function lockPairs(
  tx: Transaction,
  brand: ImportedBrand,
  keys: readonly string[],
): Promise<{ id: string; pair_key: string }[]> {
  if (keys.length === 0) return [];
  const { rows } = await tx.query<{ id: string; pair_key: string }>(
    `SELECT id, pair_key FROM message_threads WHERE brand_id = $1 AND pair_key = ANY ($2::text[])
     ORDER BY id FOR UPDATE`,
    [brand.id, keys],
  );
  return rows;
}

/** A test proves it equal to `MERGED` in thread-status.ts. */
function merged(status: ThreadStatus, other: ThreadStatus = status): ThreadStatus {
  return THREAD_STATUSES.indexOf(status) < THREAD_STATUSES.indexOf(other) ? status : other;
}
