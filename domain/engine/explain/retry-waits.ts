/** Work that has failed and will be tried again. */

import { FAILURES, isFailureType } from '../failures/failures.js';
import type { ActivityFact, ExplainedMigration, ExplainWords, RetryFact } from './facts.js';
import { at, msBetween } from './moments.js';
import type { Reason, Wait } from './waits.js';

const REASON_OF: Readonly<Record<string, Reason>> = {
  SourceUnavailable: 'source-away',
  SourceThrottled: 'throttled',
  StoreUnavailable: 'store-away',
  CarrierUnavailable: 'carrier',
  CarrierThrottled: 'carrier',
  CarrierRejectsToken: 'carrier',
};

/** The wait for the next try. */
export function retryWait(retry: RetryFact, { now, words }: ExplainedMigration, left: number): Wait {
  const { type, message, attempt, nextTryAt, unit } = retry;
  const reason = REASON_OF[type] ?? 'retrying';
  const next =
    msBetween(now, nextTryAt) > 0
      ? `attempt ${attempt + 1} begins at ${at(nextTryAt)}`
      : `attempt ${attempt + 1} is running`;
  return {
    reason,
    unit,
    since: retry.since,
    clause: `${problemOf(reason, retry, words)}: ${words.doing(retry)}${ofUnit(unit, words)} ${retry.since === null ? 'is being retried' : `has been retried since ${at(retry.since)}`}, ${next}`,
    nextStep: nextStepOf(type, reason, words),
    left,
    details: { activity: retry.activity, type, message, attempt, next_try_at: nextTryAt, phase: retry.phase },
  };
}

/** The same, from what Temporal shows: the type of the failure, without its message. */
export function backingOffWait(
  activity: ActivityFact,
  unit: string | null,
  migration: ExplainedMigration,
  left: number,
): Wait {
  const type = activity.failureType ?? 'Unexpected';
  const failed: RetryFact = {
    activity: activity.activity,
    unit,
    item: null,
    phase: null,
    type,
    message: '',
    attempt: Math.max(1, activity.attempt - 1),
    since: null,
    nextTryAt: activity.nextTryAt ?? migration.now,
  };
  return retryWait(failed, migration, left);
}

/** `, of brand br_1`; nothing for the whole migration. */
export function ofUnit(unit: string | null, words: ExplainWords): string {
  return unit === null ? '' : ` of ${words.unit} ${unit}`;
}

function problemOf(reason: Reason, { type, message }: RetryFact, words: ExplainWords): string {
  const why = message.replace(/[.\s]+$/, '');
  const reported = why === '' ? '' : ` (${why})`;
  if (reason === 'source-away') return `${words.source} does not answer${reported}`;
  if (reason === 'throttled') return why === '' ? `${words.source} throttles reads` : why;
  if (reason === 'store-away') return `the worker cannot use the store${reported}`;
  return why === '' ? `it failed with ${type}` : `${type}${reported}`;
}

function nextStepOf(type: string, reason: Reason, { source }: ExplainWords): string | null {
  if (reason === 'source-away')
    return `Check that ${source} and its tables answer the workers; the work then continues automatically.`;
  if (reason === 'throttled')
    return 'Wait, or raise the capacity of the throttled table or index; the work continues automatically.';
  if (reason === 'store-away')
    return 'Check that the workers reach PostgreSQL and that it has free space; the work then continues automatically.';
  return isFailureType(type) ? FAILURES[type].nextStep : null;
}
