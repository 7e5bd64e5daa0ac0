import type { Tally } from '../../domain/engine/tally.js';
import type { Pace } from '../../domain/engine/targets/pace.js';
import type { SliceStep } from '../../gateways/store/work/advance.js';

/** Where a slice's records go. Made by `together` or `fenced`. */
export interface Target<Item = unknown> {
  /**
   * Writes the records and advances the slice by the step. After a crash either both are done or the next owner can finish both.
   *
   * @param pace spreads what is written over time
   * @throws CarryoverError `LeaseLost` when another owner has the slice
   */
  commit(items: readonly Item[], step: SliceStep, signal: AbortSignal, pace?: Pace): Promise<Committed>;
}

export interface Committed {
  /** The store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** Set when the target already had this batch, perhaps with other records: the step that was committed instead. */
  readonly standsAt?: { readonly step: SliceStep; readonly tally: Tally };
}
