import { advanceSlice } from '../../gateways/store/work/advance.js';
import type { Tally } from '../../domain/engine/tally.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { Pool, Transaction, TransactionOptions } from '../../gateways/store/sql/transaction.js';
import { writeAround } from './refused.js';
import type { Committed, Target } from './target.js';

/** How to write batches whose target is the store. */
export interface InStore<Item, Batch> {
  readonly pool: Pool;
  /** Name of the transactions, in kebab-case. */
  readonly name: string;
  readonly options?: TransactionOptions;
  readonly phase: PhaseRef;
  /** Maps and looks up, before the transaction begins. */
  prepare(items: readonly Item[], signal: AbortSignal): Batch | Promise<Batch>;
  /** Runs within the transaction, which may be repeated. Returns what the batch adds to the slice's tally. */
  write(tx: Transaction, batch: Batch): Promise<Tally>;
  /** The batch to write after PostgreSQL refused this one: refused rows are quarantined. */
  withoutRefused(batch: Batch): Promise<Batch>;
  /**
   * Whether a crash of PostgreSQL may take the batch back, as nothing but the slice's own cursor and tally relies on it: no row that other batches
   * refer to. It then commits without waiting for the disk. A slice's last batch always waits. By default all do.
   */
  mayBeTakenBack?(batch: Batch): boolean;
  /** Runs last in the transaction; false halts the lane. By default only a pause or a cancellation does. */
  isWanted?(tx: Transaction): Promise<boolean>;
}

/** A target in the store: one transaction commits rows, cursor and tally under the slice's lease. */
export function together<Item, Batch>(how: InStore<Item, Batch>): Target<Item> {
  const { pool, name, phase, options } = how;
  return {
    commit: async (items, step, signal, pace) =>
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
            {
              ...options,
              pace,
              commit: !step.done && how.mayBeTakenBack?.(batch) === true ? 'asynchronous' : undefined,
            },
          ),
        (batch) => how.withoutRefused(batch),
      ),
  };
}
