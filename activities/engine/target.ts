import type { Tally } from '../../domain/engine/tally.js';
import type { SliceStep } from '../../gateways/store/work/advance.js';

/** Where a slice's records go. `together` and `fenced` make one. */
export interface Target<Item = unknown> {
  /**
   * Writes the records and moves the slice on by the step. A crash leaves both done or a next owner that can finish both.
   *
   * @throws CarryoverError `LeaseLost` when another owner has the slice
   */
  commit(items: readonly Item[], step: SliceStep, signal: AbortSignal): Promise<Committed>;
}

export interface Committed {
  /** The store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** Set when the target had this batch already, with other records perhaps: the step that was committed in place of the one asked for. */
  readonly standsAt?: { readonly step: SliceStep; readonly tally: Tally };
}
