import { CancellationScope, log } from '@temporalio/workflow';
import { isWorkFailure } from './failures.js';

/**
 * Records in the store how something ended, also while the run is being cancelled. Retried for about a day; a store that refuses it even
 * then must not keep the run open: the next start reads what is there and corrects it.
 */
export async function recordInAnyCase(write: () => Promise<void>): Promise<void> {
  try {
    await CancellationScope.nonCancellable(write);
  } catch (error) {
    if (!isWorkFailure(error)) throw error;
    log.error('How this ended could not be recorded in the store.', { error });
  }
}
