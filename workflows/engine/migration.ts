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
import { passOnPause, runChild } from './unit-children.js';

type MigrationWorkflow = (input: MigrationInput) => Promise<MigrationProgress>;

/**
 * The workflow of a migration: prepares the subject, then takes all of its units through the kind's phases, a few units at a time,
 * each in a workflow of its own.
 *
 * - What is to be done follows from the store, which `prepare` asks; so a new run does what is missing and no more.
 * - A unit that fails holds up no other. At the end the migration fails if any unit has, so that a new start may follow.
 * - A start that comes after a failure is obeyed in this run, however late it comes: MUST hold up to the last workflow task.
 * - A run whose history grows long is followed by another, which knows what this one knew.
 * - Cancelled by signal or from outside: units are cancelled, what is done stays.
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
  if (isFirst) run.beside(() => prepare(run));
  while (run.isBusy || run.isRetryDue) {
    const { changes } = run;
    const isLong = workflowInfo().continueAsNewSuggested;
    if (isLong && run.isIdle) await goOnInNewRun(run);
    if (run.isRetryDue && !isLong) run.beside(() => prepare(run));
    if (run.pausing.pause === undefined && !isLong) {
      for (const planned of run.plan.startNext()) run.beside(() => runChild(run, planned));
    }
    run.now(run.plan.isOpen ? run.plan.phase : 'preparing');
    await passOnPause(run);
    await condition(() => run.changes !== changes);
  }
  conclude(run);
}

/**
 * A subject of thousands of units has more events than one run may have. Units are cancelled with the run that started them: so no
 * more are begun, those under way come to their end, and the rest is the next run's. MUST NOT await before: no signal may come between.
 */
async function goOnInNewRun({ subject, carried }: MigrationRun): Promise<never> {
  return continueAsNew<MigrationWorkflow>({ subject, carried });
}

/** The source, or the subject as it is there, may make a migration impossible; what runs already goes on. */
async function prepare(run: MigrationRun): Promise<void> {
  // The activity records a failure itself; a start that comes right then must not count as one that came before it.
  const since = Date.now();
  try {
    await run.prepare(async () => {
      const { changes } = run.pausing;
      const { name, units, paused, awaited } = await run.activities.prepare();
      run.name = name;
      run.awaited = awaited;
      if (paused) run.pausing.beginUnlessTold({ by: 'an operator', at: new Date().toISOString() }, changes);
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

/** In the sentence with which a migration ends. */
const NAMED_UNITS = 50;

/** MUST NOT await: a signal that comes between here and the end makes Temporal repeat this workflow task with it. */
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
 * 1. Units come to their end, so that nothing works any more when the store says 'cancelled'.
 * 2. A start that came after the cancellation begins anew.
 * 3. The run ends as cancelled where Temporal itself was told to cancel it; a signal alone can only make it fail. Either
 *    way a new start may follow.
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
