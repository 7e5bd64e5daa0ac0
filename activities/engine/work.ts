import { Context } from '@temporalio/activity';
import type { Clock } from '../../domain/engine/clock.js';
import type { WorkRef } from '../../domain/engine/work.js';
import { NO_PROGRESS } from '../../gateways/store/work/slices.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { mustBeRead } from './complete.js';
import type { Governors } from './governors.js';
import { whileBeating } from './heartbeats.js';
import type { PassWork, Scope } from './kind.js';
import { runLane } from './lane.js';
import type { LaneOptions, LaneResult } from './lane.js';

export interface Engine {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Left out, each lane writes as fast as it can. */
  readonly governors?: Governors | undefined;
  readonly lane?: LaneOptions | undefined;
}

const NOTHING_LEFT: LaneResult = { finished: true, halted: false, lanes: 1, progress: NO_PROGRESS };

/**
 * One lane: works on the phase's slices for about two minutes, and plans them if nobody has. Several may run side by side, on several
 * workers. A worker that shuts down hands its slices back, and the result says what is
 * left; a cancellation is thrown, as Temporal's CancelledFailure.
 */
export async function workOn<Opened extends Scope>(
  { pool, clock, governors, lane }: Engine,
  pass: PassWork<Opened>,
  ref: WorkRef,
): Promise<LaneResult> {
  const activity = Context.current();
  const { info, cancellationSignal: signal } = activity;
  const scope = await pass.open(ref);
  if (scope.isOver === true) return NOTHING_LEFT;
  const run = info.workflowExecution?.runId ?? info.activityRunId ?? 'run';
  await pass.plan(scope, run, signal);
  const { phase, targets } = scope;
  const work = () =>
    whileBeating(clock, ({ beat }) =>
      runLane(
        {
          pool,
          clock,
          phase,
          lane: { name: `${run}/${info.activityId}`, attempt: info.attempt },
          stages: pass.stages(scope),
          signal,
          takingTurns: governors?.takingTurns(targets),
          beat,
        },
        { ...scope.lane, ...lane },
      ),
    );
  const result = await (governors ? governors.during(targets, phase, work) : work());
  if (signal.aborted && activity.cancellationDetails?.workerShutdown !== true) await activity.cancelled;
  return result;
}

/** Ends a phase whose slices are all done. Throws Unexpected where they are not, CheckUnequal where they are not what was planned. */
export async function completeWork<Opened extends Scope, Summary>(
  { pool, clock }: Pick<Engine, 'pool' | 'clock'>,
  pass: PassWork<Opened, Summary>,
  ref: WorkRef,
): Promise<Summary> {
  return whileBeating(clock, async (pulse) => {
    const scope = await pass.open(ref);
    const isOver = scope.isOver === true || (await pass.wasCompleted?.(scope)) === true;
    if (!isOver) await mustBeRead(pool, scope);
    return pass.complete(scope, pulse);
  });
}
