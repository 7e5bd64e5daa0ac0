import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import {
  BRANDS_FAILED,
  CANCELLED,
  type MigrationInput,
  type MigrationProgress,
} from '../../domain/messages.js';
import { failureOf, isWorkFailure } from '../failures.js';
import { BY_HAND } from '../pausing.js';
import { recordInAnyCase } from '../recording.js';
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
 * - Cancelled by signal or from outside: brands are cancelled, what is done stays, ports go on.
 */
export async function MigrationWorkflow({ accountId }: MigrationInput): Promise<MigrationProgress> {
  const run = new MigrationRun(accountId);
  setHandler(migrationProgressQuery, () => run.progress);
  run.now('preparing');
  try {
    await run.scope.run(() => migrate(run));
  } catch (error) {
    if (!run.scope.consideredCancelled || !isCancellation(error)) throw error;
    await endCancelled(run);
  }
  return run.progress;
}

async function migrate(run: MigrationRun): Promise<void> {
  run.beside(() => prepare(run));
  while (run.isBusy || run.isRetryDue) {
    const { changes } = run;
    if (run.isRetryDue) run.beside(() => prepare(run));
    if (run.pausing.pause === undefined) {
      for (const brand of run.plan.startNext()) run.beside(() => runBrand(run, brand));
    }
    run.now(run.plan.isOpen ? run.plan.part : 'preparing');
    await passOnPause(run);
    await condition(() => run.changes !== changes);
  }
  conclude(run);
}

/** Conversations, or the account as it is there, may make a migration impossible; what runs already goes on. */
async function prepare(run: MigrationRun): Promise<void> {
  // The activity writes a failure down itself; a start that comes right then must not count as one that came before it.
  const since = Date.now();
  try {
    await run.prepare(async () => {
      const { changes } = run.pausing;
      const { brands, paused } = await run.activities.prepareAccount();
      // A signal that came meanwhile knows better than what the store said before it.
      if (paused && run.pausing.changes === changes)
        run.pausing.begin({ by: 'an operator', at: new Date().toISOString() });
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

/** MUST NOT await: a signal that comes between here and the end makes Temporal repeat this workflow task with it. */
function conclude(run: MigrationRun): void {
  const { accountFailure } = run;
  const { failures } = run.plan;
  run.now(accountFailure !== undefined || failures.size > 0 ? 'failed' : 'done');
  if (accountFailure !== undefined)
    throw ApplicationFailure.nonRetryable(accountFailure.message, accountFailure.type);
  if (failures.size > 0) {
    const brands = Object.fromEntries([...failures].map(([brandId, { type }]) => [brandId, type]));
    throw ApplicationFailure.nonRetryable(
      `Not all brands of account ${run.accountId} are migrated: ${Object.keys(brands).join(', ')}. A new start tries only what is not done.`,
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
