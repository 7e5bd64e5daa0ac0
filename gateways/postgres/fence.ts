import { judgeBatch, NO_BATCH } from '../../domain/engine/targets/fence.js';
import type { Fence, FenceVerdict } from '../../domain/engine/targets/fence.js';
import type { Transaction } from '../store/sql/transaction.js';

/** The fences of a target in PostgreSQL. Rows are never deleted: an old worker may return at any time. */
export const CREATE_FENCES = `
  CREATE TABLE IF NOT EXISTS carryover_fences (
    slice text PRIMARY KEY,
    lease bigint NOT NULL,
    batch bigint NOT NULL,
    note text NOT NULL
  )`;

const READ = 'SELECT lease, batch, note FROM carryover_fences WHERE slice = $1 FOR UPDATE';

interface HeldFence {
  readonly lease: string;
  readonly batch: string;
  readonly note: string;
}

export interface JudgedBatch {
  readonly verdict: FenceVerdict;
  /** The note of the last batch that the target applied. */
  readonly note: string;
}

/**
 * Must run first in the target's transaction (READ COMMITTED), before the batch is written. Locks the slice's fence until the transaction ends, and
 * moves it if the batch is to be applied. Concurrent batches of the slice wait for the lock and then see the result.
 */
export async function moveFence(
  tx: Pick<Transaction, 'query'>,
  fence: Fence,
  note: string,
): Promise<JudgedBatch> {
  const { slice, lease, batch } = fence;
  const held = (await read(tx, slice)) ?? (await begin(tx, slice));
  const verdict = judgeBatch({ lease: held.lease, batch: Number(held.batch) }, fence);
  if (verdict === 'apply')
    await tx.query('UPDATE carryover_fences SET lease = $2, batch = $3, note = $4 WHERE slice = $1', [
      slice,
      lease,
      batch,
      note,
    ]);
  return { verdict, note: held.note };
}

/** Of several concurrent callers one inserts the row; the others wait for it and read it. */
async function begin(tx: Pick<Transaction, 'query'>, slice: string): Promise<HeldFence> {
  await tx.query(
    `INSERT INTO carryover_fences (slice, lease, batch, note) VALUES ($1, $2, $3, '') ON CONFLICT DO NOTHING`,
    [slice, NO_BATCH.lease, NO_BATCH.batch],
  );
  const held = await read(tx, slice);
  if (held === undefined) throw new Error(`The fence of slice ${slice} is missing right after its insert.`);
  return held;
}

/** Shuts out batches of older leases. Idempotent. */
export async function raiseFence(
  tx: Pick<Transaction, 'query'>,
  slice: string,
  lease: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO carryover_fences AS held (slice, lease, batch, note) VALUES ($1, $2, $3, '')
     ON CONFLICT (slice) DO UPDATE SET lease = greatest(held.lease, excluded.lease)`,
    [slice, lease, NO_BATCH.batch],
  );
}

async function read(tx: Pick<Transaction, 'query'>, slice: string): Promise<HeldFence | undefined> {
  return (await tx.query<HeldFence>(READ, [slice])).rows[0];
}
