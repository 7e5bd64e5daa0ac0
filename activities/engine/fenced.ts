import type { Fence, FenceVerdict } from '../../domain/engine/targets/fence.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { Tally } from '../../domain/engine/tally.js';
import { advanceSlice } from '../../gateways/store/work/advance.js';
import type { SliceStep } from '../../gateways/store/work/advance.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { readNote, writeNote } from './slices/step-note.js';
import type { Committed, Target } from './target.js';

/** A target other than the store: another database, a key-value store. */
export interface FencedTarget<Batch> {
  /**
   * In one transaction, script or conditional write of the target: judges the batch against the slice's held fence (`judgeBatch`) and, only on
   * `apply`, writes the batch and replaces the fence and its note. Returns the verdict and the note held before.
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
  /** As used in messages: `the recent import of brand br_1`. */
  readonly what: string;
  readonly target: FencedTarget<Batch>;
  /**
   * Maps the records and counts what will be taken. Must quarantine invalid records here, by their keys and before calling the target: once the
   * target has the batch, it may never be read again.
   */
  prepare(
    items: readonly Item[],
    signal: AbortSignal,
  ): Promise<{ readonly batch: Batch; readonly tally: Tally }>;
}

/**
 * A target elsewhere takes two commits:
 *
 * 1. The target applies the batch and moves the slice's fence, with a note of the matching step.
 * 2. The store commits the step: cursor, tally and new slices.
 *
 * A crash between the two leaves the target one batch ahead. The next owner continues from the store's cursor, perhaps with other records, under the
 * same batch number. The target changes nothing and returns the note, and the store commits the noted step: it matches the records that the target
 * has. An owner with an older lease than the fence changes nothing anywhere. Why nothing is lost or duplicated:
 * docs/decisions/0029-a-target-elsewhere-keeps-a-fence.md.
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
          throw new CarryoverError('LeaseLost', `Another worker now owns slice ${step.sliceId} of ${what}.`);
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
    `The ${who} of ${what} lacks batches that the ${other} has. Check whether it was restored from a backup.`,
  );
}
