/** Maps a legacy user to a session. Deterministic. */

import { clientNameOf } from './client-name.js';
import type { SkipReason, UserFailure } from './failures.js';
import { sessionIdOf } from './ids.js';
import { EMPTY_OBJECT, type JsonText, objectText, textOf } from './json.js';
import { type LegacyColumns, type Standing, judge } from './standing.js';
import { LAST_STEP, STEPS, type Step } from './steps.js';

export interface LegacyUser extends LegacyColumns {
  /** In lower case. */
  readonly id: string;
  readonly email: string | null;
  readonly fullName: string | null;
  /** By legacy step, the answers that are objects. */
  readonly answers: ReadonlyMap<string, JsonText>;
  /** ISO 8601, UTC, to the microsecond; another form if ISO 8601 has none for it. */
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  /** The oldest one that the user owns. */
  readonly workspaceId: string | null;
}

/** The documents of a session in Redis. */
export interface SessionDocuments {
  /** By the step's number. */
  readonly steps: ReadonlyMap<number, JsonText>;
  readonly progress: JsonText;
  readonly metadata: JsonText;
}

export interface Session extends Standing {
  readonly sessionId: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly clientName: string | null;
  readonly startedAt: string | null;
  readonly updatedAt: string | null;
  readonly completedAt: string | null;
  /** 0 to 100, two decimals. */
  readonly percentage: number;
  readonly legacyStatus: string | null;
  readonly legacyStep: string | null;
  /** `step_data` by the step's number; omits steps without any. */
  readonly stepData: ReadonlyMap<number, JsonText>;
  readonly documents: SessionDocuments;
  /** `session_data`: the documents again, so that Redis can be filled from PostgreSQL. */
  readonly sessionData: JsonText;
  /** `metadata`. */
  readonly metadata: JsonText;
}

export type Mapped =
  { readonly skip: SkipReason } | { readonly failure: UserFailure } | { readonly session: Session };

export const MIGRATION_VERSION = '1.0';

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** If several reasons apply, names the first of status, step and workspace. */
export function mapUser(user: LegacyUser): Mapped {
  const judged = judge(user);
  if (!('standing' in judged)) return judged;
  const { workspaceId } = user;
  if (workspaceId === null)
    return { failure: { type: 'NoWorkspace', detail: 'The user owns no workspace.' } };
  for (const [column, time] of [
    ['created_at', user.createdAt],
    ['updated_at', user.updatedAt],
  ] as const) {
    if (time !== null && !ISO_TIME.test(time))
      return { failure: { type: 'UnusableTime', detail: `ISO 8601 has no form for ${column}.` } };
  }
  return { session: sessionOf(user, workspaceId, judged.standing) };
}

function sessionOf(user: LegacyUser, workspaceId: string, standing: Standing): Session {
  const sessionId = sessionIdOf(user.id);
  const stepData = new Map(STEPS.flatMap((step) => stepDataOf(step, user.answers)));
  const isCompleted = standing.status === 'completed';
  const percentage = percentageOf(standing.completed);
  const documents: SessionDocuments = {
    steps: new Map(
      [...stepData]
        .filter(([number]) => number <= standing.currentStep)
        .map(([number, data]) => [number, stepDocument(number, data, user.updatedAt)]),
    ),
    progress: textOf({
      completed: standing.completed,
      total: LAST_STEP,
      percentage,
      started_at: user.createdAt,
      last_updated: user.updatedAt,
    }),
    metadata: textOf({
      session_id: sessionId,
      user_id: user.id,
      workspace_id: workspaceId,
      started_at: user.createdAt,
      additional_metadata: { migrated_from_legacy: true },
    }),
  };
  return {
    ...standing,
    sessionId,
    userId: user.id,
    workspaceId,
    clientName: clientNameOf(user.fullName, user.email),
    startedAt: user.createdAt,
    updatedAt: user.updatedAt,
    completedAt: isCompleted ? user.updatedAt : null,
    percentage,
    legacyStatus: user.status,
    legacyStep: user.step,
    stepData,
    documents,
    sessionData: sessionDataOf(documents),
    metadata: textOf({ migration_version: MIGRATION_VERSION, contradictions: standing.contradictions }),
  };
}

/** A step without answers has no data. */
function stepDataOf(step: Step, answers: LegacyUser['answers']): [number, JsonText][] {
  const given = step.legacy.flatMap((legacy) => {
    const answer = answers.get(legacy);
    return answer === undefined ? [] : [[legacy, answer] as const];
  });
  return given.length === 0 ? [] : [[step.number, objectText(given)]];
}

function stepDocument(number: number, data: JsonText, savedAt: string | null): JsonText {
  return objectText([
    ['step_id', textOf(number)],
    ['data', data],
    ['saved_at', textOf(savedAt)],
    ['version', '1'],
    ['is_draft', 'false'],
  ]);
}

function sessionDataOf({ steps, progress, metadata }: SessionDocuments): JsonText {
  return objectText([
    [
      'steps',
      steps.size === 0
        ? EMPTY_OBJECT
        : objectText([...steps].map(([number, text]) => [String(number), text])),
    ],
    ['progress', progress],
    ['metadata', metadata],
  ]);
}

/** Two decimals; no number of steps lies between two of them. */
function percentageOf(completed: number): number {
  return Math.round((completed / LAST_STEP) * 10_000) / 100;
}
