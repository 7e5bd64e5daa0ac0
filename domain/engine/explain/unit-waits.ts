/** Why each unit of a migration does not continue. */

import type { ExplainedMigration, FailureFact, PhaseFact, RetryFact } from './facts.js';
import { at, msBetween } from './moments.js';
import { isSilent, phaseWait } from './phase-waits.js';
import { retryWait } from './retry-waits.js';
import type { Wait } from './waits.js';
import { workflowWait } from './workflow-waits.js';

/** One wait for each unit of which anything is known, and one for each item of a unit that is retried. */
export function unitWaits(migration: ExplainedMigration): Wait[] {
  const { store, own, temporal } = migration;
  const units = new Set<string>();
  for (const { unit } of [...own.failures, ...store.retries]) if (unit !== null) units.add(unit);
  for (const { unit } of store.phases) units.add(unit);
  if (temporal.answers) for (const { unit } of temporal.units) units.add(unit);
  const waits = [...units].map((unit) => unitWait(unit, migration)).filter((wait) => wait !== undefined);
  return [...waits, ...itemWaits(migration)];
}

/** Failures come first, then retries; what the store shows of the work comes before what Temporal shows of the workflow. */
function unitWait(unit: string, migration: ExplainedMigration): Wait | undefined {
  const { store, own, temporal } = migration;
  const phase = currentPhase(store.phases.filter((each) => each.unit === unit));
  const left = phase?.left ?? 0;
  const failure = own.failures.find((each) => each.unit === unit);
  if (failure !== undefined) return failureWait(failure, migration, left);
  const retry = store.retries.find(
    (each) => each.unit === unit && each.item === null && isHolding(each, phase, migration),
  );
  if (retry !== undefined) return retryWait(retry, migration, left);
  const held = phase && phaseWait(phase, migration);
  if (held !== undefined) return held;
  const workflow = temporal.answers ? temporal.units.find((each) => each.unit === unit) : undefined;
  return workflow && workflowWait(workflow, unit, migration, left);
}

/** The phase that somebody works on, or the first one that is not complete. */
function currentPhase(phases: readonly PhaseFact[]): PhaseFact | undefined {
  return phases.find(({ leases }) => leases.length > 0) ?? phases.find(({ open }) => open > 0) ?? phases[0];
}

/** A retry stays recorded until its activity ends. One that has committed a batch since its last try began works again; other lanes work as well. */
function isHolding(retry: RetryFact, phase: PhaseFact | undefined, { now }: ExplainedMigration): boolean {
  if (phase === undefined || phase.lastBatchAt === null) return true;
  const isWaiting = msBetween(now, retry.nextTryAt) > 0;
  if (!isWaiting) return msBetween(phase.lastBatchAt, retry.nextTryAt) > 0;
  const isIdle = retry.since === null || msBetween(retry.since, phase.lastBatchAt) < 0;
  return isIdle || phase.leases.every((lease) => isSilent(lease, now));
}

export function failureWait(failure: FailureFact, { words, key }: ExplainedMigration, left: number): Wait {
  const { unit, type, message, nextStep } = failure;
  const who = unit === null ? `${words.subject} ${key}` : `${words.unit} ${unit}`;
  return {
    reason: 'failed',
    unit,
    since: failure.since,
    clause: `${who} failed at ${at(failure.since)} with ${type}: ${message.replace(/[.\s]+$/, '')}`,
    nextStep,
    left,
    details: { type, message, command: words.command('retry', key) },
  };
}

function itemWaits(migration: ExplainedMigration): Wait[] {
  return migration.store.retries
    .filter(({ unit, item }) => unit !== null && item !== null)
    .map((retry) => retryWait(retry, migration, 0));
}
