import type { Clock } from '../../../domain/engine/clock.js';
import { dropOverfull } from '../../../gateways/store/conversations/streams/overfull.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { CatchUp } from '../following/catch-up.js';
import { typeOf } from './route-hints.js';
import type { Routing } from './route-hints.js';

export interface HintApplier extends Pick<Routing, 'apply' | 'keep'> {
  /** Applies stored hints, as far as possible now. */
  readonly applyWaiting: (signal: AbortSignal) => Promise<unknown>;
}

export interface WaitingDependencies {
  readonly store: { readonly pool: Pool };
  readonly hints: HintApplier;
  /** Fetches attachments of what was applied. */
  readonly fetchFiles: (signal: AbortSignal) => Promise<void>;
  /** Imports the last messages of ported numbers. */
  readonly catchUp: CatchUp;
  readonly clock: Clock;
  readonly logger: Routing['logger'];
}

const CATCH_UP_EVERY_MS = 1_000;
const APPLY_WAITING_EVERY_MS = 5_000;
const FETCH_FILES_EVERY_MS = 10_000;
/** Counting hints reads all that wait. */
const DROP_OVERFULL_EVERY_MS = 60_000;

/** Does the work, and meanwhile catches up for ported numbers, applies waiting hints and fetches attachments. Several lanes may do so at once. */
export async function besideWaiting<T>(
  { hints, fetchFiles, catchUp, store, clock, logger }: WaitingDependencies,
  by: 'stream' | 'poll',
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const repeat = async (everyMs: number, failed: string, turn: () => Promise<unknown>): Promise<void> => {
    while (!either.aborted) {
      await pause(clock, everyMs, either);
      if (either.aborted) return;
      try {
        await turn();
      } catch (error) {
        if (!either.aborted) logger.warn({ type: typeOf(error) }, failed);
      }
    }
  };
  let droppedAt = clock.elapsed();
  const applyWaiting = async (): Promise<void> => {
    if (clock.elapsed() - droppedAt >= DROP_OVERFULL_EVERY_MS) {
      droppedAt = clock.elapsed();
      await dropOverfull(store.pool);
    }
    await hints.applyWaiting(either);
  };
  const loops = [
    repeat(CATCH_UP_EVERY_MS, 'Last messages of ported numbers could not be brought', () =>
      catchUp(by, either),
    ),
    repeat(APPLY_WAITING_EVERY_MS, 'Waiting changes could not be applied', applyWaiting),
    repeat(FETCH_FILES_EVERY_MS, 'Attachments could not be fetched', () => fetchFiles(either)),
  ];
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
