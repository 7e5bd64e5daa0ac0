/** Why the migration as a whole does not continue, independent of its units. */

import type { ExplainedMigration } from './facts.js';
import { at, counted, msBetween, since } from './moments.js';
import { retryWait } from './retry-waits.js';
import { failureWait } from './unit-waits.js';
import type { Wait } from './waits.js';
import { workflowWait } from './workflow-waits.js';

/** A message is usually delivered within milliseconds. */
const DELIVERED_WITHIN_MS = 2_000;
/** Messages without which the migration cannot continue. */
const AWAITED_SIGNALS: ReadonlySet<string> = new Set(['start', 'resume', 'verify', 'retry', 'reset']);

type Given = Pick<Wait, 'reason' | 'since' | 'clause' | 'nextStep'> & Partial<Wait>;

function whole(given: Given): Wait {
  return { unit: null, left: 0, details: {}, ...given };
}

/** In order of precedence: the first hides the others. Undefined if only units hold the migration back. */
export function migrationWait(migration: ExplainedMigration): Wait | undefined {
  return (
    endWait(migration) ??
    steeringWait(migration) ??
    messageWait(migration) ??
    wholeFailure(migration) ??
    wholeRetry(migration) ??
    wholeWorkflow(migration)
  );
}

function endWait({ store, own, words, key }: ExplainedMigration): Wait | undefined {
  const who = `${words.subject} ${key}`;
  const { resetting, cancelled, started } = store.steering;
  if (resetting !== undefined)
    return whole({
      reason: 'resetting',
      since: resetting.since,
      clause: `${who} is being reset: ${resetting.by} requested it at ${at(resetting.since)}`,
      nextStep: 'Nothing to do: imported records are removed, then the migration starts again.',
      details: { by: resetting.by },
    });
  if (cancelled !== undefined)
    return whole({
      reason: started ? 'cancelling' : 'cancelled',
      since: cancelled.since,
      clause: started
        ? `${who} is being cancelled: ${cancelled.by} requested it at ${at(cancelled.since)}`
        : `${who} was cancelled by ${cancelled.by} at ${at(cancelled.since)}`,
      nextStep: started
        ? 'Nothing to do: it ends when its workers have stopped. A start revokes it.'
        : `To continue, start it again: ${words.command('start', key)}`,
      details: { by: cancelled.by },
    });
  if (own.outcome === 'done' && !isReopened(store)) {
    const [wait] = own.waits;
    if (wait !== undefined)
      return whole({
        reason: wait.reason,
        since: wait.since,
        clause: `all ${words.records} of ${who} are migrated, and ${wait.what}${since(wait.since)}`,
        nextStep: wait.nextStep,
      });
    return whole({
      reason: 'done',
      since: store.changedAt,
      clause: `${who} is done: all ${words.records} are migrated`,
      nextStep: null,
    });
  }
  return undefined;
}

/** The migrated data is being verified, or the migration is being undone. */
function isReopened({ verifying, phases }: ExplainedMigration['store']): boolean {
  return verifying || phases.some(({ pass }) => pass !== 'copy');
}

function steeringWait({ store, own, words, key }: ExplainedMigration): Wait | undefined {
  const who = `${words.subject} ${key}`;
  const { paused, started } = store.steering;
  if (paused !== undefined && (started || own.outcome === 'done'))
    return whole({
      reason: 'paused',
      since: paused.since,
      clause: `${who} is paused: ${paused.by} paused it at ${at(paused.since)}`,
      nextStep: `Resume it: ${words.command('resume', key)}`,
      details: { by: paused.by },
    });
  if (own.outcome === 'none' && !started && store.phases.length === 0)
    return whole({
      reason: 'not-started',
      since: null,
      clause: `${who} has not been started`,
      nextStep: `Start it: ${words.command('start', key)}`,
    });
  return undefined;
}

function messageWait(migration: ExplainedMigration): Wait | undefined {
  const { store, temporal, now, words, key } = migration;
  const who = `${words.subject} ${key}`;
  const waiting = store.undelivered.find(
    ({ signal, since: from }) => AWAITED_SIGNALS.has(signal) && msBetween(from, now) > DELIVERED_WITHIN_MS,
  );
  if (waiting !== undefined) {
    const { signal, since: from, tries, nextTryAt } = waiting;
    const request = `the request to ${signal} ${who}, made at ${at(from)},`;
    const details = { signal, tries, next_try_at: nextTryAt };
    return temporal.answers
      ? whole({
          reason: 'undelivered',
          since: from,
          clause: `${request} is not delivered to Temporal yet after ${counted(tries, 'try', 'tries')}; the next is at ${at(nextTryAt)}`,
          nextStep:
            'Check that the API runs, and its log about the delivery, which is retried automatically.',
          details,
        })
      : whole({
          reason: 'temporal-away',
          since: from,
          clause: `Temporal does not answer, so ${request} has not reached it`,
          nextStep:
            'Check the Temporal server and TEMPORAL_ADDRESS; the request is then delivered automatically.',
          details: { ...details, why: temporal.why },
        });
  }
  if (store.refused === null) return undefined;
  const { signal, reason, since: from } = store.refused;
  return whole({
    reason: 'refused',
    since: from,
    clause: `Temporal refused the request to ${signal} ${who} at ${at(from)}: ${reason.replace(/[.\s]+$/, '')}`,
    nextStep: `Correct what Temporal names, then repeat the request. It is listed by: ${words.command('status', key)}`,
    details: { signal, reason },
  });
}

function wholeFailure(migration: ExplainedMigration): Wait | undefined {
  const failure = migration.own.failures.find(({ unit }) => unit === null);
  return failure && failureWait(failure, migration, 0);
}

function wholeRetry(migration: ExplainedMigration): Wait | undefined {
  const retry = migration.store.retries.find(({ unit, item }) => unit === null && item === null);
  return retry && retryWait(retry, migration, 0);
}

function wholeWorkflow(migration: ExplainedMigration): Wait | undefined {
  const { temporal, own, words, key, store } = migration;
  if (!temporal.answers) return undefined;
  const { workflow } = temporal;
  const found = workflow?.status === 'running' ? workflowWait(workflow, null, migration, 0) : undefined;
  // Lanes of a verification are activities of this workflow, but the store knows more about them.
  if (store.verifying) return store.phases.length > 0 && found?.reason === 'working' ? undefined : found;
  if (workflow?.status === 'running') return found;
  const isBeginning = store.undelivered.length > 0;
  if (own.outcome !== 'open' || own.failures.length > 0 || isBeginning) return undefined;
  const how =
    workflow === null ? 'Temporal has no workflow of it' : `its workflow has ended (${workflow.status})`;
  return whole({
    reason: 'stopped',
    since: workflow?.closedAt ?? null,
    clause: `nothing works on ${words.subject} ${key}: ${how}`,
    nextStep: `Start it again; it continues where it was: ${words.command('retry', key)}`,
    details: { workflow: workflow?.id ?? null, status: workflow?.status ?? null },
  });
}
