import type { Clock } from '../../../domain/engine/clock.js';
import { dropOverfull } from '../../../gateways/store/conversations/streams/overfull.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { typeOf } from './route-hints.js';
import type { Routing } from './route-hints.js';

export interface HintApplier extends Pick<Routing, 'apply' | 'keep'> {
  /** Applies hints that were kept, as far as that is possible now. */
  readonly applyWaiting: (signal: AbortSignal) => Promise<unknown>;
}

export interface WaitingDependencies {
  readonly store: { readonly pool: Pool };
  readonly hints: HintApplier;
  /** Fetches attachments of what was applied. */
  readonly fetchFiles: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Routing['logger'];
}

const APPLY_WAITING_EVERY_MS = 5_000;
const FETCH_FILES_EVERY_MS = 10_000;
/** Counting hints reads all that wait. */
const DROP_OVERFULL_EVERY_MS = 60_000;

/** Does the work, and meanwhile applies hints that wait and fetches attachments. Several lanes may. */
export async function besideWaiting<T>(
  { hints, fetchFiles, store, clock, logger }: WaitingDependencies,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const applyWaiting = async (): Promise<void> => {
    let droppedAt = clock.elapsed();
    while (!either.aborted) {
      await pause(clock, APPLY_WAITING_EVERY_MS, either);
      try {
        if (clock.elapsed() - droppedAt >= DROP_OVERFULL_EVERY_MS) {
          droppedAt = clock.elapsed();
          await dropOverfull(store.pool);
        }
        await hints.applyWaiting(either);
      } catch (error) {
        if (!either.aborted) logger.warn({ type: typeOf(error) }, 'Waiting changes could not be applied');
      }
    }
  };
  const fetchAll = async (): Promise<void> => {
    while (!either.aborted) {
      await pause(clock, FETCH_FILES_EVERY_MS, either);
      try {
        if (!either.aborted) await fetchFiles(either);
      } catch (error) {
        if (!either.aborted) logger.warn({ type: typeOf(error) }, 'Attachments could not be fetched');
      }
    }
  };
  const loops = [applyWaiting(), fetchAll()];
  try {
    return await work();
  } finally {
    over.abort();
    await Promise.all(loops);
  }
}

export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, { signal }).catch(() => undefined);
}
