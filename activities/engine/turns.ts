import { Context } from '@temporalio/activity';
import type { WorkRef } from '../../domain/engine/work.js';
import { failureOf } from './failures.js';
import type { PassWork } from './kind.js';
import { LANE_LIMIT_MS } from './lane.js';
import type { TurnsProgress } from './types.js';
import { type Engine, completeWork, sumOf, workOn } from './work.js';

/**
 * Compares the turns of several units, one after the other, until all are read or a lane's time is up. Skips units that are read, so another call
 * continues with the unit at which the last one stopped.
 */
export async function workOnTurns(
  engine: Engine,
  pass: PassWork,
  turns: readonly WorkRef[],
): Promise<TurnsProgress> {
  const { clock, lane } = engine;
  const until = clock.elapsed() + (lane?.timeLimitMs ?? LANE_LIMIT_MS);
  let records = 0;
  let halted = false;
  const finished = await oneAfterAnother(turns, async (turn) => {
    const timeLimitMs = Math.max(0, until - clock.elapsed());
    const result = await workOn({ ...engine, lane: { ...lane, timeLimitMs } }, pass, turn);
    records += sumOf(result.progress.read);
    halted = result.halted;
    return result.finished;
  });
  return { finished, halted, records };
}

/** Finishes the turns. Those that an earlier call has finished stay as they are. */
export async function completeTurns(
  engine: Engine,
  pass: PassWork,
  turns: readonly WorkRef[],
): Promise<void> {
  await oneAfterAnother(turns, async (turn) => {
    await completeWork(engine, pass, turn);
    return true;
  });
}

/**
 * Works on the turns in order until one is not finished, and returns whether all are. A unit's failure is thrown after all others have finished, so
 * that the next attempt has nothing left but that unit. An unreachable store, or the end of this call, stops everything at once.
 */
async function oneAfterAnother(
  turns: readonly WorkRef[],
  work: (turn: WorkRef) => Promise<boolean>,
): Promise<boolean> {
  const { cancellationSignal: signal } = Context.current();
  let failed: { readonly error: unknown } | undefined;
  for (const turn of turns) {
    try {
      if (!(await work(turn))) return false;
    } catch (error) {
      if (signal.aborted || failureOf(error).type === 'StoreUnavailable') throw error;
      failed ??= { error };
    }
  }
  if (failed) throw failed.error;
  return true;
}
