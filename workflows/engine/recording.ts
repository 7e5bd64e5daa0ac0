import { CancellationScope, log } from '@temporalio/workflow';
import { isWorkFailure } from './failures.js';

/**
 * Records in the store how something ended, even while the run is being cancelled. Retries for about a day. If the store still fails, logs the error
 * and lets the run end: the next start reads the store's state and corrects it.
 */
export async function recordInAnyCase(write: () => Promise<void>): Promise<void> {
  try {
    await CancellationScope.nonCancellable(write);
  } catch (error) {
    if (!isWorkFailure(error)) throw error;
    log.error('The outcome could not be recorded in the store.', { error });
  }
}
