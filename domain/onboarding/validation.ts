/** Whether everything that a user's migration wrote still exists, by content. */

import { isSameJson, statusOfStep } from './activity.js';
import { EMPTY_OBJECT } from './json.js';
import { KEY_NAMES, valuesOf } from './keys.js';
import { canonicalFormOf, manifestText, sealOf } from './manifest.js';
import type { Session } from './session.js';
import { LAST_STEP } from './steps.js';

export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface FoundManifest {
  readonly version: string;
  readonly checksum: string;
  /** JSON text. */
  readonly json: string;
  readonly sizeBytes: number;
  readonly tokens: number;
}

export interface FoundSession {
  readonly status: string;
  readonly currentStep: number;
  readonly totalSteps: number;
  readonly percentage: string;
  readonly bcmGenerated: boolean;
  readonly bcmVersion: string | null;
  readonly bcmChecksum: string | null;
  /** JSON text. */
  readonly sessionData: string;
}

export interface Found {
  readonly session: FoundSession;
  readonly steps: readonly { readonly number: number; readonly status: string; readonly data: string }[];
  readonly manifests: readonly FoundManifest[];
  /** The documents in Redis, in the order of KEY_NAMES. */
  readonly values: readonly (string | undefined)[];
}

/** @param countTokens needed for a completed session. */
export function checksOf(written: Session, found: Found, countTokens: (text: string) => number): Check[] {
  return [
    sessionCheck(written, found.session),
    listCheck('steps', wrongSteps(written, found.steps), `All ${LAST_STEP} rows are as they were written.`),
    listCheck(
      'session_data',
      isSameJson(found.session.sessionData, written.sessionData) ? [] : ['It is not what was written.'],
      'It is what was written.',
    ),
    listCheck('redis', wrongKeys(written, found.values), 'All keys are as they were written.'),
    listCheck(
      'manifest',
      wrongManifest(written, found, countTokens),
      'It agrees with its checksum, size and session.',
    ),
    countsCheck(written, found),
  ];
}

function sessionCheck(written: Session, found: FoundSession): Check {
  const wrong = [
    ...(found.status === written.status ? [] : [`status is ${found.status}, not ${written.status}`]),
    ...(found.currentStep === written.currentStep
      ? []
      : [`current_step is ${found.currentStep}, not ${written.currentStep}`]),
    ...(found.totalSteps === LAST_STEP ? [] : [`total_steps is ${found.totalSteps}`]),
    ...(Number(found.percentage) === written.percentage
      ? []
      : [`completion_percentage is ${found.percentage}, not ${written.percentage}`]),
  ];
  return listCheck('session', wrong, 'The row is as it was written.');
}

function wrongSteps(written: Session, steps: Found['steps']): string[] {
  const byNumber = new Map(steps.map((step) => [step.number, step]));
  const wrong = Array.from({ length: LAST_STEP }, (_none, at) => at + 1).flatMap((number) => {
    const step = byNumber.get(number);
    if (step === undefined) return [`step ${number} is missing`];
    const expected = statusOfStep(number, written);
    if (step.status !== expected) return [`step ${number} is ${step.status}, not ${expected}`];
    return isSameJson(step.data, written.stepData.get(number) ?? EMPTY_OBJECT)
      ? []
      : [`step ${number} has other data`];
  });
  const more = steps
    .filter(({ number }) => number < 1 || number > LAST_STEP)
    .map(({ number }) => `step ${number} is too many`);
  return [...wrong, ...more];
}

function wrongKeys(written: Session, values: Found['values']): string[] {
  const expected = valuesOf(written.documents);
  return KEY_NAMES.flatMap((name, at) => {
    if (isSameJson(values[at], expected[at])) return [];
    if (values[at] === undefined) return [`${name} is missing`];
    return [expected[at] === undefined ? `${name} was not written` : `${name} has another value`];
  });
}

function wrongManifest(
  written: Session,
  { session, manifests }: Found,
  countTokens: (text: string) => number,
): string[] {
  const [manifest, ...more] = manifests;
  if (written.status !== 'completed') {
    return manifest === undefined && !session.bcmGenerated
      ? []
      : ['there is one, although the session was not completed'];
  }
  if (manifest === undefined) return ['it is missing'];
  const canonical = canonicalFormOf(manifest.json);
  const { checksum, sizeBytes } = sealOf(canonical);
  return [
    ...(more.length === 0 ? [] : [`there are ${manifests.length}`]),
    ...(isSameJson(manifest.json, manifestText(written, manifest.version))
      ? []
      : ['its content is not what was written']),
    ...(manifest.checksum === checksum ? [] : ['its checksum is not that of its content']),
    ...(manifest.sizeBytes === sizeBytes ? [] : [`its size is ${sizeBytes}, not ${manifest.sizeBytes}`]),
    ...(manifest.tokens === countTokens(canonical) ? [] : ['its number of tokens is wrong']),
    ...(session.bcmGenerated &&
    session.bcmVersion === manifest.version &&
    session.bcmChecksum === manifest.checksum
      ? []
      : ['the session names another']),
  ];
}

/** Rows, percentage and Redis must agree on the number of complete steps. */
function countsCheck(written: Session, { session, steps, values }: Found): Check {
  const rows = steps.filter(({ status }) => status === 'complete').length;
  const progress = numbersIn(values[KEY_NAMES.indexOf('progress')]);
  const wrong = [
    ...(rows === written.completed ? [] : [`${rows} rows are complete, not ${written.completed}`]),
    ...(progress.completed === written.completed ? [] : ['progress in Redis counts otherwise']),
    ...(progress.percentage === Number(session.percentage)
      ? []
      : ['the percentages in Redis and PostgreSQL differ']),
  ];
  return listCheck('counts', wrong, `${written.completed} of ${LAST_STEP} steps are complete.`);
}

function numbersIn(progress: string | undefined): {
  readonly completed?: unknown;
  readonly percentage?: unknown;
} {
  try {
    return (JSON.parse(progress ?? '{}') as object | null) ?? {};
  } catch {
    return {};
  }
}

function listCheck(check: string, wrong: readonly string[], fine: string): Check {
  return { check, ok: wrong.length === 0, detail: wrong.length === 0 ? fine : `${wrong.join('; ')}.` };
}
