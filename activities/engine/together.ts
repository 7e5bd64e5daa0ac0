import type { Pace } from '../../domain/engine/targets/pace.js';
import { advanceSlice } from '../../gateways/store/work/advance.js';
import type { SliceStep } from '../../gateways/store/work/advance.js';
import type { Tally } from '../../domain/engine/tally.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import { Outdated, transaction } from '../../gateways/store/sql/transaction.js';
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
  /** For `TransactionOptions.opening`. */
  opening?(items: readonly Item[]): string | undefined;
  /** Leaves out items that must not be written, as the opened transaction finds. By default all are written. */
  wanted?(tx: Transaction, items: readonly Item[]): Promise<readonly Item[]>;
  /**
   * Runs within the transaction, which may be repeated. Returns what the batch adds to the slice's tally. Throws Outdated if the batch must be prepared
   * again.
   */
  write(tx: Transaction, batch: Batch): Promise<Tally>;
  /** The batch to write after PostgreSQL refused this one: refused rows are quarantined. */
  withoutRefused(batch: Batch): Promise<Batch>;
  /**
   * Whether a crash of PostgreSQL may lose the batch, because only the slice's own cursor and tally depend on it: it has no row that other batches
   * refer to. It then commits without waiting for the disk. A slice's last batch always waits. By default all do.
   */
  mayBeTakenBack?(batch: Batch): boolean;
  /** Runs last in the transaction; false halts the lane. By default only a pause or a cancellation does. */
  isWanted?(tx: Transaction): Promise<boolean>;
}

/** A target in the store: one transaction commits rows, cursor and tally under the slice's lease. */
export function together<Item, Batch>(how: InStore<Item, Batch>): Target<Item> {
  return {
    async commit(items, step, signal, pace) {
      const opening = items.length === 0 ? undefined : how.opening?.(items);
      for (let left = items; ;) {
        const prepared = { batch: await how.prepare(left, signal), of: left };
        try {
          return await writePrepared(how, prepared, { all: items, opening, step, pace });
        } catch (error) {
          if (!(error instanceof Outdated)) throw error;
          signal.throwIfAborted();
          if (error instanceof LeavesOut) left = error.left as readonly Item[];
        }
      }
    },
  };
}

/** Some of the items from which the batch was prepared must not be written. */
class LeavesOut extends Outdated {
  constructor(readonly left: readonly unknown[]) {
    super();
  }
}

interface Written<Item> {
  /** All items of the page. */
  readonly all: readonly Item[];
  readonly opening: string | undefined;
  readonly step: SliceStep;
  readonly pace: Pace | undefined;
}

function writePrepared<Item, Batch>(
  how: InStore<Item, Batch>,
  prepared: { readonly batch: Batch; readonly of: readonly Item[] },
  { all, opening, step, pace }: Written<Item>,
): Promise<Committed> {
  const write = async (tx: Transaction, batch: Batch): Promise<Committed> => {
    const wanted = (await how.wanted?.(tx, all)) ?? all;
    if (wanted.length < prepared.of.length) throw new LeavesOut(wanted);
    const tally = await how.write(tx, batch);
    const { halted } = await advanceSlice(tx, how.phase, step, tally);
    return { halted: halted || (await how.isWanted?.(tx)) === false };
  };
  return writeAround(
    prepared.batch,
    (batch) =>
      transaction(how.pool, how.name, (tx) => write(tx, batch), {
        ...how.options,
        opening,
        pace,
        commit: !step.done && how.mayBeTakenBack?.(batch) === true ? 'asynchronous' : undefined,
      }),
    (batch) => how.withoutRefused(batch),
  );
}
