import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  type ChildWorkflowHandle,
  ParentClosePolicy,
  TemporalFailure,
  getExternalWorkflowHandle,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { BusinessNames } from '../../domain/engine/business-names.js';
import { asCode, summaryOf } from '../../domain/engine/web-ui-texts.js';
import { brandWorkflowId } from '../../domain/engine/ids.js';
import { type BrandFailure, type BrandMigrationInput, SIGNALS } from '../../domain/engine/messages.js';
import { failureOf, isWorkFailure, noteOf } from '../engine/failures.js';
import { labelPairs } from '../engine/labels.js';
import { pauseSignal, resumeSignal } from '../engine/pausing.js';
import { recordInAnyCase } from '../engine/recording.js';
import { BrandMigrationWorkflow } from './brand-migration.js';
import type { BrandRun } from './brand-plan.js';
import type { MigrationRun } from './migration-run.js';

/** A brand's run of an earlier migration may still be on its way to its end. */
const STILL_ENDING = { waitSeconds: 5, tries: 60 };

/** Runs a brand's workflow to its end. Never rejects for a failure of the work: the plan then says that the brand has failed. */
export async function runBrand(run: MigrationRun, brand: BrandRun): Promise<void> {
  try {
    const handle = await startBrand(run, brand);
    run.brands.set(brand.brandId, { handle, paused: false });
    run.noteChange();
    run.plan.finished(brand, await handle.result());
  } catch (error) {
    if (run.scope.consideredCancelled) return;
    if (!(error instanceof TemporalFailure)) throw error;
    run.plan.failed(brand.brandId, await brandFailure(run, brand, error));
  } finally {
    run.brands.delete(brand.brandId);
  }
}

/** Passes a pause or its end on to every brand that runs and has not been told. A brand that has just ended need not know. */
export async function passOnPause(run: MigrationRun): Promise<void> {
  const { pause, latest } = run.pausing;
  const paused = pause !== undefined;
  const untold = [...run.brands.values()].filter((brand) => brand.paused !== paused);
  if (latest === undefined) return;
  await Promise.all(
    untold.map(async (brand) => {
      brand.paused = paused;
      try {
        await brand.handle.signal(paused ? pauseSignal : resumeSignal, latest);
      } catch (error) {
        if (!isWorkFailure(error)) throw error;
      }
    }),
  );
}

/**
 * The run that an earlier migration has left, under the id of the first part, may not have come to its end: two must not write how the
 * brand stands. A signal finds out; nobody handles it. A brand whose recent messages this migration has brought has no such run.
 */
async function endEarlierRun({ accountId }: MigrationRun, brandId: string): Promise<void> {
  const earlier = getExternalWorkflowHandle(brandWorkflowId(accountId, brandId));
  for (let tries = 1; tries <= STILL_ENDING.tries; tries += 1) {
    try {
      await earlier.signal(SIGNALS.succeeded);
    } catch (error) {
      if (!isWorkFailure(error)) throw error;
      return;
    }
    await sleep(STILL_ENDING.waitSeconds * 1000);
  }
}

/** Cancelled with the migration, and also when the migration is terminated: nothing is imported that nobody looks after. */
async function startBrand(
  run: MigrationRun,
  { brandId, name, parts, attachmentsToFetch, isBegun }: BrandRun,
): Promise<ChildWorkflowHandle<typeof BrandMigrationWorkflow>> {
  const { accountId, accountName } = run;
  const names: BusinessNames | undefined =
    accountName === undefined && name === undefined ? undefined : { account: accountName, brand: name };
  if (parts[0] === 'remaining' && !isBegun) await endEarlierRun(run, brandId);
  const input: BrandMigrationInput = {
    accountId,
    brandId,
    parts,
    ...(names && { names }),
    ...(run.awaited && { awaited: true }),
    ...(attachmentsToFetch !== undefined && { attachmentsToFetch }),
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChild(BrandMigrationWorkflow, {
        workflowId: brandWorkflowId(accountId, brandId, parts[0]),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        args: [input],
        typedSearchAttributes: labelPairs({
          accountId,
          brandId,
          phase: run.plan.partOf(brandId),
          paused: false,
        }),
        staticSummary: summaryOf({ accountId, brandId, names }, `${parts.join(' and ')} messages`),
        staticDetails: `Brings the ${parts.join(', then the ')} messages of brand ${asCode(brandId)} of account ${asCode(accountId)}.`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === STILL_ENDING.tries)
        throw error;
      await sleep(STILL_ENDING.waitSeconds * 1000);
    }
  }
}

/** A brand that was stopped from outside (terminated, cancelled alone) could not say so itself: its migration does. */
async function brandFailure(
  run: MigrationRun,
  brand: BrandRun,
  error: TemporalFailure,
): Promise<BrandFailure> {
  const failure = failureOf(error, `the migration of brand ${brand.brandId}`);
  const note = noteOf(error);
  if (note !== undefined) return { type: failure.type, since: note.since };

  const since = Date.now();
  const phase = run.plan.partOf(brand.brandId);
  await recordInAnyCase(() =>
    run.activities.recordBrandFailure({ accountId: run.accountId, brandId: brand.brandId, phase, failure }),
  );
  return { type: failure.type, since };
}
