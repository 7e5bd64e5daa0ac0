import { defineQuery, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Failure } from '../../domain/engine/failures.js';
import {
  type BrandMigrationInput,
  type BrandOutcome,
  type BrandProgress,
  type Part,
  type PartDoneSignal,
  QUERIES,
  SIGNALS,
} from '../../domain/engine/messages.js';
import { asCancellation, endingFailure, failureOf, isWorkFailure } from '../engine/failures.js';
import { recordInAnyCase } from '../engine/recording.js';
import { fetchAttachments } from './attachments.js';
import { BrandRun } from './brand-run.js';
import { importPart } from './phase-import.js';

export const brandProgressQuery = defineQuery<BrandProgress>(QUERIES.progress);

/**
 * Migrates one brand: its channels and their ports, then the parts asked for, then its attachments. The migration
 * starts it, one run a part, or one for both.
 *
 * A run that fails has had that written into the store before it ends; its failure says so. Attachments and ports change no status and fail nothing.
 */
export async function BrandMigrationWorkflow(input: BrandMigrationInput): Promise<BrandOutcome> {
  const run = new BrandRun(input);
  setHandler(brandProgressQuery, () => run.progress);
  run.tell();

  if (run.parts[0] === 'recent' && !run.provisioned) await provision(run);
  const attachments = run.isWhole ? run.beside(() => fetchAttachments(run)) : undefined;
  try {
    await importParts(run);
    await attachments?.done;
  } finally {
    await attachments?.stop();
  }
  run.now('done');
  return { counts: run.counts, attachmentsToFetch: run.attachments.left ?? 0 };
}

/** Channels that were made are ported even when others could not be: their numbers need not wait for a correction. */
async function provision(run: BrandRun): Promise<void> {
  run.now('channels');
  await run.passWhenResumed();
  const since = Date.now();
  const { portingChannelIds, failures } = await orRecorded(run, 'channels', () =>
    run.activities.provisionBrand(run.brandId),
  );
  if (portingChannelIds.length > 0)
    await orRecorded(run, 'channels', () => run.activities.startPorts(run.brandId));
  if (failures[0] !== undefined) throw endingFailure(failures[0], since);
  run.provisioned = true;
}

async function importParts(run: BrandRun): Promise<void> {
  for (let part = run.parts[0]; part !== undefined; part = run.parts[0]) {
    const current = part;
    run.now(current);
    run.label({ phase: current });
    const left = await orRecorded(run, current, () => importPart(run, current));
    run.attachments = { ...run.attachments, left };
    run.parts = run.parts.slice(1);
    if (run.parts.length > 0) await tellMigration(run, current);
  }
  run.imported = true;
  run.now('attachments');
}

async function tellMigration(run: BrandRun, part: Part): Promise<void> {
  const { parent } = workflowInfo();
  if (parent === undefined) return;
  const done: PartDoneSignal = { brandId: run.brandId, part };
  try {
    await getExternalWorkflowHandle(parent.workflowId).signal(SIGNALS.partDone, done);
  } catch (error) {
    // It only wants to know; one that is gone does not.
    if (!isWorkFailure(error)) throw error;
  }
}

/** A failure is in the store before anybody hears of it, whatever happens to this run meanwhile. */
async function orRecorded<T>(run: BrandRun, phase: 'channels' | Part, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWorkFailure(error)) throw asCancellation(error);
    const since = Date.now();
    const { accountId, brandId } = run;
    const failure: Failure = failureOf(error, `${WORK[phase]} of brand ${brandId}`);
    await recordInAnyCase(() => run.activities.recordBrandFailure({ accountId, brandId, phase, failure }));
    throw endingFailure(failure, since, error);
  }
}

const WORK = {
  channels: 'making the channels',
  recent: 'importing recent messages',
  remaining: 'importing remaining messages',
} as const;
