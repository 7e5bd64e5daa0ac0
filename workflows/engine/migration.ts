import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CANCELLED,
  type MigrationInput,
  type MigrationProgress,
  REPORTED_UNITS,
  UNITS_FAILED,
} from '../../domain/engine/runs.js';
import { BY_HAND } from '../../domain/engine/signals.js';
import { failureOf, isWorkFailure } from './failures.js';
import type { WorkflowKind } from './kind.js';
import { MigrationRun } from './migration-run.js';
import { recordInAnyCase } from './recording.js';
import { migrationProgressQuery } from './signals.js';
import { propagatePause, runChild } from './units/unit-children.js';

type MigrationWorkflow = (input: MigrationInput) => Promise<MigrationProgress>;

/**
 * The workflow of a migration: prepares the subject, then takes its units through the kind's phases, a few units at a time, each in a child workflow.
 *
 * - `prepare` reads from the store what is left to do, so a new run does only what is missing.
 * - A unit that fails does not block the others. At the end the migration fails if any unit failed, so that a new start can follow.
 * - A start after a failure is handled in this run, however late it arrives: MUST hold up to the last workflow task.
 * - A run with a long history continues as new with its whole state.
 * - A cancellation, by signal or from outside, cancels the units; what is done stays.
 */
export async function runMigration(kind: WorkflowKind, input: MigrationInput): Promise<MigrationProgress> {
  const run = new MigrationRun(kind, input);
  setHandler(migrationProgressQuery, () => run.progress);
  if (input.carried === undefined) run.now('preparing');
  try {
    await run.scope.run(() => migrate(run, input.carried === undefined));
  } catch (error) {
    if (!run.scope.consideredCancelled || !isCancellation(error)) throw error;
    await endCancelled(run);
  }
  return run.progress;
}

async function migrate(run: MigrationRun, isFirst: boolean): Promise<void> {
  if (isFirst) run.beside(() => prepare(run, true));
  while (run.isBusy || run.isRetryDue) {
    const { changes } = run;
    const isLong = workflowInfo().continueAsNewSuggested;
    if (isLong && run.isIdle) await continueInNewRun(run);
    if (run.isRetryDue && !isLong) run.beside(() => prepare(run));
    if (run.pausing.pause === undefined && !isLong) {
      for (const planned of run.plan.startNext()) run.beside(() => runChild(run, planned));
    }
    run.now(run.plan.isOpen ? run.plan.phase : 'preparing');
    await propagatePause(run);
    await condition(() => run.changes !== changes);
  }
  conclude(run);
}

/**
 * A subject of thousands of units has more events than one run may have. Units are cancelled with the run that started them, so a run with a long
 * history starts no more units, lets the running ones end and leaves the rest to the next run. MUST NOT await before this: no signal may arrive in
 * between.
 */
async function continueInNewRun({ subject, carried }: MigrationRun): Promise<never> {
  return continueAsNew<MigrationWorkflow>({ subject, carried });
}

/** The source, or the subject's data there, may make a migration impossible; units that are running continue. */
async function prepare(run: MigrationRun, isFirst = false): Promise<void> {
  // The activity records a failure itself. A start that arrives right then must count as later than the failure.
  const since = Date.now();
  try {
    await run.prepare(async () => {
      const { changes } = run.pausing;
      const { name, units, paused, awaited } = await run.activities.prepare(isFirst);
      run.name = name;
      run.awaited = awaited;
      if (paused)
        run.pausing.pauseUnlessSignalled({ by: 'an operator', at: new Date().toISOString() }, changes);
      return units;
    });
  } catch (error) {
    if (run.scope.consideredCancelled) return;
    if (!isWorkFailure(error)) throw error;
    const failure = failureOf(error, `preparing ${run.kind.words.subject} ${run.subject}`);
    await recordInAnyCase(() => run.activities.recordFailure(failure));
    run.failure = { ...failure, since };
  }
}

/** The number of units named in the message of a failed migration. */
const NAMED_UNITS = 50;

/** MUST NOT await: a signal that arrives between here and the end makes Temporal repeat this workflow task. */
function conclude(run: MigrationRun): void {
  const { failure, kind } = run;
  const { failures } = run.plan;
  run.now(failure !== undefined || failures.size > 0 ? 'failed' : 'done');
  if (failure !== undefined) throw ApplicationFailure.nonRetryable(failure.message, failure.type);
  if (failures.size > 0) {
    const reported = [...failures].slice(0, REPORTED_UNITS);
    const units = Object.fromEntries(reported.map(([unit, { type }]) => [unit, type]));
    const more = failures.size - NAMED_UNITS;
    const named = reported.slice(0, NAMED_UNITS).map(([unit]) => unit);
    throw ApplicationFailure.nonRetryable(
      `Not all ${kind.words.units} of ${kind.words.subject} ${run.subject} are migrated: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. A new start retries only what is not done.`,
      UNITS_FAILED,
      { units },
    );
  }
}

/**
 * 1. Waits until the units have ended, so that nothing works any more when the store says `cancelled`.
 * 2. Begins anew if a start arrived after the cancellation.
 * 3. Ends as cancelled if Temporal cancelled the run, and as failed after a signal, which cannot end a run as cancelled. A new start may follow
 *    either way.
 */
async function endCancelled(run: MigrationRun): Promise<never> {
  const { subject, kind } = run;
  const by = run.cancelledBy ?? BY_HAND;
  await CancellationScope.nonCancellable(async () => {
    await run.settled();
    await recordInAnyCase(() => run.activities.recordCancellation(by));
    if (run.startedAfterCancel) await continueAsNew<MigrationWorkflow>({ subject });
  });
  run.now('cancelled');
  if (run.root.consideredCancelled) throw new CancelledFailure(`The migration was cancelled by ${by}.`);
  throw ApplicationFailure.nonRetryable(
    `The migration of ${kind.words.subject} ${subject} was cancelled by ${by}.`,
    CANCELLED,
  );
}
