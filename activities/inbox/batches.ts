import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { NOTHING } from '../../domain/engine/tally.js';
import { isUnderWay } from '../../domain/inbox/view.js';
import { runBatch } from '../../gateways/chatwoot/move/batch.js';
import { statusOf } from '../../gateways/chatwoot/migrations.js';
import { fenced } from '../engine/fenced.js';
import type { Stage } from '../engine/stage.js';
import type { Target } from '../engine/target.js';
import type { BatchSize } from './batch-size.js';

export const STAGE = 'batches';

export interface BatchesOptions {
  readonly store: Pool;
  readonly chatwoot: Pool;
  readonly phase: PhaseRef;
  readonly what: string;
  /** The id in `carryover.inbox_migrations`. */
  readonly migration: string;
  readonly size: BatchSize;
}

/**
 * The batches of an inbox's move, or of its reverse. A batch decides in its own transaction what it does (decision 49), so the source only counts: it
 * returns consecutive numbers until the migration has ended. It returns a number only once the batch before is committed, since only that shows
 * whether there is another.
 */
export function batches({ store, chatwoot, phase, what, migration, size }: BatchesOptions): Stage<number> {
  /**
   * The number up to which batches are committed, as far as this lane knows. A page may be read twice: the lane drops one that the target already
   * has.
   */
  let committed: number | undefined;
  const isCommitted = (n: number): boolean => n <= (committed ?? n);
  const waiting = new Set<() => void>();
  const target: Target<number> = fenced<number, number>({
    pool: store,
    phase,
    what,
    prepare: async (items) => ({
      batch: items.length,
      tally: { ...NOTHING, read: items.length, taken: items.length },
    }),
    target: {
      apply: (fence, note) =>
        size.measured((limits) => runBatch(chatwoot, migration, limits, { fence, note })),
    },
  });
  return {
    name: STAGE,
    source: {
      async read(_range, cursor, signal) {
        const n = typeof cursor === 'number' ? cursor : 0;
        committed ??= n;
        while (!isCommitted(n)) await nextCommit(waiting, signal);
        const isOver = !isUnderWay(await statusOf(chatwoot, migration));
        return isOver ? { items: [], next: undefined } : { items: [n], next: n + 1 };
      },
    },
    target: {
      async commit(items, step, signal, pace) {
        const result = await target.commit(items, step, signal, pace);
        const { cursor } = result.standsAt?.step ?? step;
        committed = Math.max(committed ?? 0, cursor === null ? Number.POSITIVE_INFINITY : Number(cursor));
        for (const wake of waiting) wake();
        return result;
      },
    },
  };
}

/** Rejects with the signal's reason once the lane stops, as it does after a commit that failed. */
async function nextCommit(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  let wake = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      wake = resolve;
      signal.addEventListener('abort', stop, { once: true });
      waiting.add(wake);
    });
  } finally {
    signal.removeEventListener('abort', stop);
    waiting.delete(wake);
  }
}
