import { Context } from '@temporalio/activity';
import type { ImportActivities } from '../types.js';

/** A phase of at most this many records is settled and checked faster than another activity could be scheduled. */
const SMALL = 300;

/**
 * Completes a small phase in the call that imports it, which saves a small account two activities. A crash between the two steps is safe: the next
 * call finds all slices done and completes the phase.
 */
export function completingSmall({
  importSlices,
  completePhase,
}: Pick<ImportActivities, 'importSlices' | 'completePhase'>): ImportActivities['importSlices'] {
  return async (input) => {
    const progress = await importSlices(input);
    const { finished, halted, threads, messages, quarantined } = progress;
    const isSmall = threads + messages + quarantined <= SMALL;
    // A cancelled or halted call leaves completion to a later call.
    if (!finished || halted || !isSmall || Context.current().cancellationSignal.aborted) return progress;
    return { ...progress, completed: await completePhase(input) };
  };
}
