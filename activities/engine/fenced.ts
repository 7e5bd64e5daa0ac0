import type { Fence, FenceVerdict } from '../../domain/engine/fence.js';
import { CarryoverError } from '../../domain/engine/failures.js';
import type { Tally } from '../../domain/engine/tally.js';
import { advanceSlice } from '../../gateways/store/work/advance.js';
import type { SliceStep } from '../../gateways/store/work/advance.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { readNote, writeNote } from './step-note.js';
import type { Committed, Target } from './target.js';

/** A target that is not the store: another database, a key-value store. */
export interface FencedTarget<Batch> {
  /**
   * In one transaction, script or conditional write of the target: judges the fence that it holds for the slice (`judgeBatch`), and
   * only on `apply` writes the batch and keeps the fence with the note. Returns the verdict, and the note that it held.
   */
  apply(
    fence: Fence,
    note: string,
    batch: Batch,
    signal: AbortSignal,
  ): Promise<{ readonly verdict: FenceVerdict; readonly note: string }>;
}

export interface Elsewhere<Item, Batch> {
  readonly pool: Pool;
  readonly phase: PhaseRef;
  /** As messages name it: `the recent import of brand br_1`. */
  readonly what: string;
  readonly target: FencedTarget<Batch>;
  /**
   * Maps the records, and counts what will be taken. Records that cannot be taken are quarantined here, by their keys and before the
   * target is asked: once it has the batch, nobody may read them again.
   */
  prepare(
    items: readonly Item[],
    signal: AbortSignal,
  ): Promise<{ readonly batch: Batch; readonly tally: Tally }>;
}

/**
 * A target elsewhere, in two commits:
 *
 * 1. The target takes the batch and moves the slice's fence, with a note of the step that belongs to it.
 * 2. The store takes the step: cursor, sums, new slices.
 *
 * A crash between the two leaves the target one batch ahead. The next owner reads from the store's cursor, maybe other records than the
 * first one did, and comes with the same batch number. The target changes nothing and returns the note, and the store takes the step that
 * was noted: it is the records of that batch that the target has. An owner whose lease is older than the fence's changes
 * nothing anywhere. Why nothing is lost or doubled: docs/decisions/0029-a-target-elsewhere-keeps-a-fence.md.
 */
export function fenced<Item, Batch>(how: Elsewhere<Item, Batch>): Target<Item> {
  const { pool, phase, what, target } = how;
  const advance = (step: SliceStep, tally: Tally): Promise<Committed> =>
    transaction(pool, 'commit-step', (tx) => advanceSlice(tx, phase, step, tally));
  return {
    commit: async (items, step, signal) => {
      const { batch, tally } = await how.prepare(items, signal);
      const fence = { slice: step.sliceId, lease: step.lease, batch: step.batch };
      const held = await target.apply(fence, writeNote(step, tally), batch, signal);
      switch (held.verdict) {
        case 'apply':
          return advance(step, tally);
        case 'repeated': {
          const earlier = readNote(held.note, step);
          return { ...(await advance(earlier.step, earlier.tally)), standsAt: earlier };
        }
        case 'refused':
          throw new CarryoverError('LeaseLost', `Slice ${step.sliceId} of ${what} has another owner now.`);
        case 'behind':
        case 'ahead':
          throw lost(held.verdict, what);
      }
    },
  };
}

function lost(verdict: 'behind' | 'ahead', what: string): CarryoverError {
  const [who, other] = verdict === 'behind' ? ['target', 'store'] : ['store', 'target'];
  return new CarryoverError(
    'CheckUnequal',
    `The ${who} of ${what} has lost batches that the ${other} has: was it restored from a backup?`,
  );
}
