import { advanceSlice } from '../../gateways/store/work/advance.js';
import type { Tally } from '../../domain/engine/tally.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { Pool, Transaction, TransactionOptions } from '../../gateways/store/sql/transaction.js';
import { writeAround } from './refused.js';
import type { Committed, Target } from './target.js';

/** How batches are written whose target is the store itself. */
export interface InStore<Item, Batch> {
  readonly pool: Pool;
  /** Of its transactions, in kebab-case. */
  readonly name: string;
  readonly options?: TransactionOptions;
  readonly phase: PhaseRef;
  /** Before the transaction begins: mapping and look-ups. */
  prepare(items: readonly Item[], signal: AbortSignal): Batch | Promise<Batch>;
  /** Within the transaction, which may be repeated. Returns what the batch adds to the slice's tally. */
  write(tx: Transaction, batch: Batch): Promise<Tally>;
  /** The batch once PostgreSQL has refused it: refused rows are quarantined. */
  withoutRefused(batch: Batch): Promise<Batch>;
  /** Last in the transaction; false halts the lane. Left out, only a pause or a cancellation does. */
  isWanted?(tx: Transaction): Promise<boolean>;
}

/** A target in the store: rows, cursor and tally are committed in one transaction, under the slice's lease. */
export function together<Item, Batch>(how: InStore<Item, Batch>): Target<Item> {
  const { pool, name, phase, options } = how;
  return {
    commit: async (items, step, signal) =>
      writeAround<Batch, Committed>(
        await how.prepare(items, signal),
        (batch) =>
          transaction(
            pool,
            name,
            async (tx) => {
              const tally = await how.write(tx, batch);
              const { halted } = await advanceSlice(tx, phase, step, tally);
              return { halted: halted || (await how.isWanted?.(tx)) === false };
            },
            options,
          ),
        (batch) => how.withoutRefused(batch),
      ),
  };
}
