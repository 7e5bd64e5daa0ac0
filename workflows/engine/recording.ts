import { CancellationScope, log } from '@temporalio/workflow';
import { isWorkFailure } from './failures.js';

/**
 * Writes into the store how something ended, also while the run is being cancelled. Tried for about a day; a store that
 * refuses it even then must not keep a run from its end: the next start reads what is there, and puts it right.
 */
export async function recordInAnyCase(write: () => Promise<void>): Promise<void> {
  try {
    await CancellationScope.nonCancellable(write);
  } catch (error) {
    if (!isWorkFailure(error)) throw error;
    log.error('The store could not be told how this ended.', { error });
  }
}
