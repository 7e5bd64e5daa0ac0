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
  BRANDS_FAILED,
  CANCELLED,
  type MigrationInput,
  type MigrationProgress,
  TOLD_BRANDS,
} from '../../domain/engine/messages.js';
import { BY_HAND } from '../../domain/engine/signals.js';
import { failureOf, isWorkFailure } from '../engine/failures.js';
import { recordInAnyCase } from '../engine/recording.js';
import { passOnPause, runBrand } from './brand-children.js';
import { MigrationRun } from './migration-run.js';
import { migrationProgressQuery } from './signals.js';

/**
 * Migrates an account: prepares it, then brings the recent messages of every brand, then the remaining ones, a few brands
 * at a time, each by a workflow of its own.
 *
 * - What is to be done follows from the store, asked by `prepareAccount`; so a new run does what is missing and no more.
 * - A brand that fails holds up no other. At the end the migration fails if any brand has, so that a new start may follow.
 * - A start that comes after a failure is obeyed in this run, however late it comes: MUST hold up to the last workflow task.
 * - A run whose history grows long is followed by another, which knows what this one knew.
 * - Cancelled by signal or from outside: brands are cancelled, what is done stays, ports go on.
 */
export async function MigrationWorkflow(input: MigrationInput): Promise<MigrationProgress> {
  const run = new MigrationRun(input);
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
      for (const brand of run.plan.startNext()) run.beside(() => runBrand(run, brand));
    }
    run.now(run.plan.isOpen ? run.plan.part : 'preparing');
    await passOnPause(run);
    await condition(() => run.changes !== changes);
  }
  conclude(run);
}

/**
 * An account of thousands of brands has more events than one run may have. Brands are cancelled with the run that started them: so no
 * more are begun, those under way come to their end, and the rest is the next run's. MUST NOT await before: no signal may come between.
 */
async function goOnInNewRun({ accountId, carried }: MigrationRun): Promise<never> {
  return continueAsNew<typeof MigrationWorkflow>({ accountId, carried });
}

/** Conversations, or the account as it is there, may make a migration impossible; what runs already goes on. */
async function prepare(run: MigrationRun): Promise<void> {
  // The activity writes a failure down itself; a start that comes right then must not count as one that came before it.
  const since = Date.now();
  try {
    await run.prepare(async () => {
      const { changes } = run.pausing;
      const { accountName, brands, paused, awaited } = await run.activities.prepareAccount();
      run.accountName = accountName;
      run.awaited = awaited;
      if (paused) run.pausing.beginUnlessTold({ by: 'an operator', at: new Date().toISOString() }, changes);
      return brands;
    });
  } catch (error) {
    if (run.scope.consideredCancelled) return;
    if (!isWorkFailure(error)) throw error;
    const { accountId } = run;
    const failure = failureOf(error, `preparing account ${accountId}`);
    await recordInAnyCase(() => run.activities.recordAccountFailure({ accountId, failure }));
    run.accountFailure = { ...failure, since };
  }
}

/** In the sentence with which a migration ends. */
const NAMED_BRANDS = 50;

/** MUST NOT await: a signal that comes between here and the end makes Temporal repeat this workflow task with it. */
function conclude(run: MigrationRun): void {
  const { accountFailure } = run;
  const { failures } = run.plan;
  run.now(accountFailure !== undefined || failures.size > 0 ? 'failed' : 'done');
  if (accountFailure !== undefined)
    throw ApplicationFailure.nonRetryable(accountFailure.message, accountFailure.type);
  if (failures.size > 0) {
    const told = [...failures].slice(0, TOLD_BRANDS);
    const brands = Object.fromEntries(told.map(([brandId, { type }]) => [brandId, type]));
    const more = failures.size - NAMED_BRANDS;
    const named = told.slice(0, NAMED_BRANDS).map(([brandId]) => brandId);
    throw ApplicationFailure.nonRetryable(
      `Not all brands of account ${run.accountId} are migrated: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. A new start tries only what is not done.`,
      BRANDS_FAILED,
      { brands },
    );
  }
}

/**
 * 1. Brands come to their end, so that nothing works any more when the store says 'cancelled'.
 * 2. A start that came after the cancellation begins anew.
 * 3. The run ends as cancelled where Temporal itself was told to cancel it; a signal alone can only make it fail. Either
 *    way a new start may follow.
 */
async function endCancelled(run: MigrationRun): Promise<never> {
  const { accountId } = run;
  const by = run.cancelledBy ?? BY_HAND;
  await CancellationScope.nonCancellable(async () => {
    await run.settled();
    await recordInAnyCase(() => run.activities.recordCancellation({ accountId, by }));
    if (run.startedAfterCancel) await continueAsNew<typeof MigrationWorkflow>({ accountId });
  });
  run.now('cancelled');
  if (run.root.consideredCancelled) throw new CancelledFailure(`The migration was cancelled by ${by}.`);
  throw ApplicationFailure.nonRetryable(
    `The migration of account ${accountId} was cancelled by ${by}.`,
    CANCELLED,
  );
}
