/** A legacy user's progress, from the three legacy columns. */

import type { SkipReason, UserFailure } from './failures.js';
import { LAST_STEP, type Step, stepOf } from './steps.js';
import { wordOf } from './words.js';

export interface LegacyColumns {
  readonly status: string | null;
  readonly step: string | null;
  readonly hasCompleted: boolean | null;
}

export type SessionStatus = 'active' | 'completed' | 'abandoned' | 'paused';

export interface Standing {
  readonly status: SessionStatus;
  readonly currentStep: number;
  /** The number of complete steps. */
  readonly completed: number;
  /** Sentences about contradictory columns. */
  readonly contradictions: readonly string[];
}

export type Judged =
  { readonly skip: SkipReason } | { readonly failure: UserFailure } | { readonly standing: Standing };

const OPEN: Readonly<Record<string, SessionStatus>> = {
  active: 'active',
  in_progress: 'active',
  none: 'active',
  paused: 'paused',
  abandoned: 'abandoned',
  skipped: 'abandoned',
};

/** The step of a user whose columns name none. */
const FIRST = 'welcome';

/** Rows of the contract's table apply from top to bottom. */
export function judge(columns: LegacyColumns): Judged {
  const status = wordOf(columns.status);
  if (status === null) return { skip: 'no-legacy-status' };
  if (status === 'migrated') return { skip: 'already-migrated' };
  if (status === 'completed' || columns.hasCompleted === true)
    return { standing: completed(columns, status) };
  const open = Object.hasOwn(OPEN, status) ? OPEN[status] : stepOf(status) && 'active';
  if (open === undefined)
    return {
      failure: {
        type: 'UnknownLegacyStatus',
        detail: `There is no legacy status ${quoted(columns.status)}.`,
      },
    };
  const named = wordOf(columns.step);
  const step = stepOf(named ?? (stepOf(status) === undefined ? FIRST : status));
  if (step === undefined)
    return {
      failure: { type: 'UnknownLegacyStep', detail: `There is no legacy step ${quoted(columns.step)}.` },
    };
  return {
    standing: {
      status: open,
      currentStep: step.number,
      completed: step.number - 1,
      contradictions: openContradictions(columns, { status, named, step }),
    },
  };
}

function completed(columns: LegacyColumns, status: string): Standing {
  const { hasCompleted } = columns;
  const named = wordOf(columns.step);
  const step = named === null ? undefined : stepOf(named);
  const contradictions: string[] = [];
  if (status !== 'completed')
    contradictions.push(`The onboarding has been completed, but the status is ${quoted(columns.status)}.`);
  else if (hasCompleted === false)
    contradictions.push('The status is completed, but has_completed_onboarding is false.');
  if (named !== null && step === undefined)
    contradictions.push(`The onboarding is completed, but its step ${quoted(columns.step)} is unknown.`);
  else if (step !== undefined && step.number < LAST_STEP)
    contradictions.push(
      `The onboarding is completed, but the step is ${quoted(columns.step)}, number ${step.number} of ${LAST_STEP}.`,
    );
  return { status: 'completed', currentStep: LAST_STEP, completed: LAST_STEP, contradictions };
}

function openContradictions(
  columns: LegacyColumns,
  { status, named, step }: { status: string; named: string | null; step: Step },
): string[] {
  if (named === null || named === status) return [];
  if (stepOf(status) !== undefined)
    return [`The status names the step ${quoted(columns.status)}, but the step is ${quoted(columns.step)}.`];
  if (status === 'none' && step.number > 1)
    return [
      `The status is none, but the step is ${quoted(columns.step)}, number ${step.number} of ${LAST_STEP}.`,
    ];
  return [];
}

function quoted(text: string | null): string {
  return JSON.stringify(text);
}
