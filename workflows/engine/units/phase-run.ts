import { ApplicationFailure } from '@temporalio/workflow';
import type { LaneProgress } from '../../../activities/engine/types.js';
import { capitalized } from '../../../domain/engine/web-ui/texts.js';
import type { PhaseOfKind } from '../kind.js';
import { inRounds, sideBySide } from '../rounds.js';
import type { UnitRun } from './unit-run.js';

/** Concurrent lanes of a unit. More would take capacity from other subjects that one source cannot use. */
export const LANES_AT_ONCE = 4;

const SECOND = 1_000;

/**
 * Runs one phase of a unit, including its check:
 *
 * 1. A first lane plans the slices, and does all of a small unit.
 * 2. While slices are left, runs as many concurrent lanes as suit the rest, each for about two minutes.
 * 3. Settles and checks the unit, which sets its status, unless the first lane has done so for a small phase.
 *
 * @throws the error of an activity whose attempts are used up; Unexpected after rounds without progress for too long
 */
export async function runPhase<Own extends object>(run: UnitRun<Own>, phase: PhaseOfKind): Promise<void> {
  const { name } = phase;
  const last = await inRounds<LaneProgress & { readonly progress: number }>({
    gate: run,
    // Another attempt's lease may still run, or a pause may not have reached this run yet.
    firstWaitMs: 5 * SECOND,
    longestWaitMs: 60 * SECOND,
    changes: () => run.pausing.changes,
    between: () => run.continueAsNewIfSuggested(),
    standstill: { afterMs: phase.standstillMs, end: () => failStandstill(run, phase) },
    async round(previous) {
      const progress = await run.announcedIfRetried(lanesOf(run, phase, previous?.lanes ?? 1));
      run.count(name, { tally: progress.tally, checked: false });
      if (!progress.finished) {
        run.awaited = progress.awaited;
        run.noteLong(name);
        await run.announce();
      }
      return { ...progress, progress: Object.values(progress.tally).reduce((sum, read) => sum + read, 0) };
    },
  });
  const { tally, beside } = last?.completed ?? (await check(run, phase));
  if (beside !== undefined) run.set(run.kind.beside?.left(run.own, beside) ?? {});
  run.count(name, { tally, checked: true });
}

async function check<Own extends object>(run: UnitRun<Own>, phase: PhaseOfKind) {
  await run.passWhenResumed();
  return run.announcedIfRetried(run.activities.completePhase(run.unit, phase, run.awaited));
}

async function lanesOf<Own extends object>(
  run: UnitRun<Own>,
  phase: PhaseOfKind,
  lanes: number,
): Promise<LaneProgress> {
  const width = Math.min(Math.max(1, Math.trunc(lanes)), LANES_AT_ONCE);
  const ended = await sideBySide(width, () => run.activities.copySlices(run.unit, phase, run.awaited));
  return ended.reduce(furthest);
}

/** Each lane reports on the whole phase at the moment it ended, so the greatest counts are the latest. */
function furthest(one: LaneProgress, other: LaneProgress): LaneProgress {
  const completed = one.completed ?? other.completed;
  const tally = { ...one.tally };
  for (const [name, count] of Object.entries(other.tally)) tally[name] = Math.max(tally[name] ?? 0, count);
  return {
    finished: one.finished || other.finished,
    halted: one.halted || other.halted,
    lanes: Math.max(one.lanes, other.lanes),
    awaited: one.awaited || other.awaited,
    tally,
    ...(completed && { completed }),
  };
}

function failStandstill<Own extends object>({ kind, unit }: UnitRun<Own>, phase: PhaseOfKind): never {
  const what = `${kind.words.doing(phase.name)} of ${kind.words.unit} ${unit}`;
  throw ApplicationFailure.nonRetryable(
    `${capitalized(what)} made no progress for ${phase.standstillMs / 60_000} minutes and is not done.`,
    'Unexpected',
  );
}
