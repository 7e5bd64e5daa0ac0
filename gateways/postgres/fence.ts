import { judgeBatch, NO_BATCH } from '../../domain/engine/fence.js';
import type { Fence, FenceVerdict } from '../../domain/engine/fence.js';
import type { Transaction } from '../store/sql/transaction.js';

/** Where a PostgreSQL database that is a target keeps its fences. Rows stay: an old worker may come back at any time. */
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
  /** What was noted with the batch that the target has. */
  readonly note: string;
}

/**
 * First in the target's transaction (READ COMMITTED), before it writes the batch: locks the slice's fence until the transaction ends,
 * and moves it where the batch is to be applied. Whoever comes with the same slice meanwhile waits, and then sees what became of it.
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

/** Of several who begin at once, one makes the row; the others wait for it and read what it did. */
async function begin(tx: Pick<Transaction, 'query'>, slice: string): Promise<HeldFence> {
  await tx.query(
    `INSERT INTO carryover_fences (slice, lease, batch, note) VALUES ($1, $2, $3, '') ON CONFLICT DO NOTHING`,
    [slice, NO_BATCH.lease, NO_BATCH.batch],
  );
  const held = await read(tx, slice);
  if (held === undefined) throw new Error('a fence that was just made cannot be read');
  return held;
}

/** From now on no batch of an older lease is taken. Idempotent. */
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
