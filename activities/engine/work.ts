import { Context } from '@temporalio/activity';
import type { Clock } from '../../domain/engine/clock.js';
import type { WorkRef } from '../../domain/engine/work.js';
import { NO_PROGRESS } from '../../gateways/store/work/slices.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { mustBeRead } from './complete.js';
import type { Governors } from './governing/governors.js';
import type { ThrottleNotes } from './governing/throttle-notes.js';
import { withHeartbeats } from './heartbeats.js';
import type { PassWork, Scope } from './kind.js';
import { runLane } from './lane.js';
import type { LaneOptions, LaneResult } from './lane.js';

/** Called with the number of committed records of a stage, quarantined ones included. */
type OnCommitted<Of> = (of: Of & { readonly pass: string; readonly stage: string }, records: number) => void;
export type OnCommittedOfKinds = OnCommitted<{ readonly kind: string }>;

export interface Engine {
  readonly pool: Pool;
  readonly clock: Clock;
  /** By default each lane writes as fast as it can. */
  readonly governors?: Governors | undefined;
  /** By default throttling by a source is not recorded. */
  readonly throttles?: ThrottleNotes | undefined;
  readonly lane?: LaneOptions | undefined;
  readonly onCommitted?: OnCommitted<object> | undefined;
}

const NOTHING_LEFT: LaneResult = { finished: true, halted: false, lanes: 1, progress: NO_PROGRESS };

/**
 * Runs one lane: plans the phase's slices if needed and works on them for about two minutes. Several lanes may run at once, on several workers. A
 * worker that shuts down releases its slices and returns what is left; a cancellation is thrown as Temporal's CancelledFailure.
 */
export async function workOn<Opened extends Scope>(
  { pool, clock, governors, throttles, lane, onCommitted }: Engine,
  pass: PassWork<Opened>,
  ref: WorkRef,
): Promise<LaneResult> {
  const activity = Context.current();
  const { info, cancellationSignal: signal } = activity;
  const scope = await pass.open(ref);
  if (scope.isOver === true) return NOTHING_LEFT;
  const run = info.workflowExecution?.runId ?? info.activityRunId ?? 'run';
  await pass.plan(scope, run, signal);
  const { phase, targets, sources = [] } = scope;
  const work = () =>
    withHeartbeats(clock, ({ beat }) =>
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
          onCommitted: (stage, records) => onCommitted?.({ pass: ref.pass, stage }, records),
        },
        { ...scope.lane, ...lane },
      ),
    );
  const governed = () => (governors ? governors.during(targets, phase, work) : work());
  const result = await (throttles ? throttles.during(sources, phase, governed) : governed());
  if (signal.aborted && activity.cancellationDetails?.workerShutdown !== true) await activity.cancelled;
  return result;
}

export function sumOf(tally: Readonly<Record<string, number>>): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}

/** Completes a phase whose slices are all done. Throws Unexpected while slices are open, CheckUnequal when they do not cover the plan. */
export async function completeWork<Opened extends Scope, Summary>(
  { pool, clock }: Pick<Engine, 'pool' | 'clock'>,
  pass: PassWork<Opened, Summary>,
  ref: WorkRef,
): Promise<Summary> {
  return withHeartbeats(clock, async (pulse) => {
    const scope = await pass.open(ref);
    const isOver = scope.isOver === true || (await pass.wasCompleted?.(scope)) === true;
    if (!isOver) await mustBeRead(pool, scope);
    return pass.complete(scope, pulse);
  });
}
