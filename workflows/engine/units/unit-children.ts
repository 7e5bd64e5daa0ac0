import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  type ChildWorkflowHandle,
  ParentClosePolicy,
  TemporalFailure,
  getExternalWorkflowHandle,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import type { UnitFailure, UnitInput } from '../../../domain/engine/runs.js';
import { failureOf, isWorkFailure, noteOf } from '../failures.js';
import type { MigrationRun, UnitWorkflow } from '../migration-run.js';
import { pauseSignal, resumeSignal } from '../pausing.js';
import { recordInAnyCase } from '../recording.js';
import type { PlannedRun } from './unit-plan.js';

/** A unit's run of an earlier migration may still be ending. */
const STILL_ENDING = { waitSeconds: 5, tries: 60 };

/** Runs a unit's workflow to its end. A failure of the work never rejects; it is noted in the plan. */
export async function runChild(run: MigrationRun, planned: PlannedRun): Promise<void> {
  const { unit } = planned;
  try {
    const handle = await startUnit(run, planned);
    run.units.set(unit, { handle, paused: false });
    run.noteChange();
    run.plan.finished(planned, await handle.result());
  } catch (error) {
    if (run.scope.consideredCancelled) return;
    if (!(error instanceof TemporalFailure)) throw error;
    run.plan.failed(unit, await failureOfUnit(run, unit, error));
  } finally {
    run.units.delete(unit);
  }
}

/** Passes a pause or resume on to every running unit that has not received it. A unit that just ended needs no signal. */
export async function propagatePause(run: MigrationRun): Promise<void> {
  const { pause, latest } = run.pausing;
  if (latest === undefined) return;
  const paused = pause !== undefined;
  const untold = [...run.units.values()].filter((unit) => unit.paused !== paused);
  await Promise.all(
    untold.map(async (unit) => {
      unit.paused = paused;
      try {
        await unit.handle.signal(paused ? pauseSignal : resumeSignal, latest);
      } catch (error) {
        if (!isWorkFailure(error)) throw error;
      }
    }),
  );
}

/** Units are cancelled with the migration, even if it is terminated: nothing may write unsupervised. */
async function startUnit(
  run: MigrationRun,
  { unit, name, phases, own, isBegun }: PlannedRun,
): Promise<ChildWorkflowHandle<UnitWorkflow>> {
  const { kind, subject } = run;
  const isNamed = run.name !== undefined || name !== undefined;
  const phase = run.plan.phaseOf(unit);
  if (!isBegun) await endEarlierRuns(run, unit, phase);
  const input: UnitInput = {
    subject,
    unit,
    phases,
    ...(isNamed && { names: { subject: run.name, unit: name } }),
    ...(run.awaited && { awaited: true }),
    ...(own !== undefined && { own }),
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChild<UnitWorkflow>(kind.unitWorkflow, {
        workflowId: kind.unitWorkflowId(subject, unit, phase),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        args: [input],
        typedSearchAttributes: labelsOf({ kind: kind.name, subject, unit, phase, paused: false }),
        ...kind.details.unitStart(input),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === STILL_ENDING.tries)
        throw error;
      await sleep(STILL_ENDING.waitSeconds * 1_000);
    }
  }
}

/**
 * Waits until a unit's runs of an earlier migration, under the ids of earlier phases, have ended: two runs must not write one unit's status. A signal
 * that nobody handles shows whether a run is still open. A unit of which this migration has done a phase has no such runs.
 */
async function endEarlierRuns({ kind, subject }: MigrationRun, unit: string, phase: string): Promise<void> {
  for (const { name } of kind.phases) {
    if (name === phase) return;
    await untilEnded(kind.unitWorkflowId(subject, unit, name));
  }
}

async function untilEnded(workflowId: string): Promise<void> {
  const earlier = getExternalWorkflowHandle(workflowId);
  for (let tries = 1; tries <= STILL_ENDING.tries; tries += 1) {
    try {
      await earlier.signal(SIGNALS.succeeded);
    } catch (error) {
      if (!isWorkFailure(error)) throw error;
      return;
    }
    await sleep(STILL_ENDING.waitSeconds * 1_000);
  }
}

/**
 * The failure of a unit. A unit that was stopped from outside (terminated, or cancelled alone) could not record its failure, so the migration records
 * it.
 */
async function failureOfUnit(run: MigrationRun, unit: string, error: TemporalFailure): Promise<UnitFailure> {
  const failure = failureOf(error, `the migration of ${run.kind.words.unit} ${unit}`);
  const note = noteOf(error);
  if (note !== undefined) return { type: failure.type, since: note.since };

  const since = Date.now();
  const phase = run.plan.phaseOf(unit);
  await recordInAnyCase(() => run.activities.recordUnitFailure(unit, phase, failure));
  return { type: failure.type, since };
}
