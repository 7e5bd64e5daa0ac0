import { isUnderWay } from '../../../domain/inbox/view.js';
import type { Fence, FenceVerdict } from '../../../domain/engine/targets/fence.js';
import { moveFence } from '../../postgres/fence.js';
import type { Pool } from '../../store/sql/transaction.js';
import { systemClock } from '../../clock.js';
import { advanceMigration, lockMigration, type OnLock, type Stage } from './migration.js';
import type { BatchLimits } from './read-batch.js';
import { moveStep } from './step.js';
import { undoStep } from './undo-step.js';
import { countedTransaction } from './writes.js';

/** Stages that read much of Chatwoot's tables, and lock nothing of it for long. */
const LONG: ReadonlySet<Stage> = new Set(['plan', 'sweep', 'rollups', 'check']);

export interface RunBatch {
  readonly verdict: FenceVerdict;
  /** Of the last batch that was applied. */
  readonly note: string;
  /** How many conversations went to the other inbox. */
  readonly messages: number;
  /** For how many milliseconds it held locks on rows of Chatwoot; undefined if it only read. */
  readonly lockMs: number | undefined;
}

/**
 * One batch of a migration: rows, journal, counts, position and the slice's fence commit together. A repeated batch, one of an older owner, and one
 * of a migration that has ended change nothing. Throws BatchTooLong if it would hold its locks for too long and could be smaller, and CarryoverError
 * `CheckUnequal` if it would write what a move must not write.
 */
export async function runBatch(
  pool: Pool,
  id: string,
  limits: BatchLimits,
  fenced: { readonly fence: Fence; readonly note: string },
): Promise<RunBatch> {
  let lockedAt: number | undefined;
  const onLock: OnLock = (at = systemClock.elapsed()) => void (lockedAt ??= at);
  const judged = await countedTransaction(pool, 'inbox-batch', id, async (tx) => {
    lockedAt = undefined;
    const found = await moveFence(tx, fenced.fence, fenced.note);
    if (found.verdict !== 'apply') return { ...found, messages: 0 };
    const migration = await lockMigration(tx, id);
    if (!isUnderWay(migration.status)) return { ...found, messages: 0 };
    const isLong = LONG.has(migration.stage);
    if (isLong)
      await tx.query(
        `SELECT set_config('statement_timeout', '1800000', true), set_config('lock_timeout', '2000', true)`,
      );
    const { reverses } = migration;
    const advance =
      reverses === null
        ? await moveStep(tx, migration, limits, onLock)
        : await undoStep(tx, migration, reverses, limits, onLock);
    await advanceMigration(tx, migration, advance);
    return { ...found, messages: advance.moved?.messages ?? 0 };
  });
  return { ...judged, lockMs: lockedAt && systemClock.elapsed() - lockedAt };
}
