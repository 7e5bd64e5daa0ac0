import { Context } from '@temporalio/activity';
import type { ImportActivities } from '../types.js';

/** So few records of a phase are settled and checked sooner than another activity is asked for and begun. */
const SMALL = 300;

/**
 * The import of a small phase also completes it, in the same call: a small account then needs two activities less. A crash between the
 * two leaves what it leaves between two activities: the next call finds all slices done, and completes the phase.
 */
export function completingSmall({
  importSlices,
  completePhase,
}: Pick<ImportActivities, 'importSlices' | 'completePhase'>): ImportActivities['importSlices'] {
  return async (input) => {
    const progress = await importSlices(input);
    const { finished, halted, threads, messages, quarantined } = progress;
    const isSmall = threads + messages + quarantined <= SMALL;
    // Told to end, or to pause, it leaves the rest to a call of its own.
    if (!finished || halted || !isSmall || Context.current().cancellationSignal.aborted) return progress;
    return { ...progress, completed: await completePhase(input) };
  };
}
