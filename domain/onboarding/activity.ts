/** Whether a user has done something in the new session since it was written. */

import { exactOf, isEqual, isWithin } from './exact-json.js';
import { EMPTY_OBJECT } from './json.js';
import { KEY_NAMES, valuesOf } from './keys.js';
import type { Session } from './session.js';
import { LAST_STEP } from './steps.js';

export interface HeldStep {
  readonly number: number;
  readonly status: string;
  /** JSON text. */
  readonly data: string;
}

export interface Held {
  /** The documents in Redis, in the order of KEY_NAMES. */
  readonly values: readonly (string | undefined)[];
  readonly steps: readonly HeldStep[];
}

/** The order of step statuses; one that only the product writes comes after all others. */
const FAR: Readonly<Record<string, number>> = { pending: 0, 'in-progress': 1, complete: 2 };

export function statusOfStep(
  number: number,
  { completed, currentStep }: Pick<Session, 'completed' | 'currentStep'>,
): string {
  if (number <= completed) return 'complete';
  return number === currentStep ? 'in-progress' : 'pending';
}

/** Where Redis or the steps have more than was written. Having less is not activity. */
export function activityIn(written: Session, { values, steps }: Held): readonly string[] {
  const expected = valuesOf(written.documents);
  const inRedis = KEY_NAMES.filter((_name, at) => !saysNoMore(values[at], expected[at]));
  const inSteps = steps.filter(
    ({ number, status, data }) =>
      number > LAST_STEP ||
      (FAR[status] ?? Number.POSITIVE_INFINITY) > (FAR[statusOfStep(number, written)] ?? 0) ||
      !saysNoMore(data, written.stepData.get(number) ?? EMPTY_OBJECT),
  );
  return [...inRedis.map((name) => `Redis key ${name}`), ...inSteps.map(({ number }) => `step ${number}`)];
}

function saysNoMore(found: string | undefined, written: string | undefined): boolean {
  if (found === undefined || found === written) return true;
  if (written === undefined) return false;
  const [left, right] = [exactOf(found), exactOf(written)];
  return left !== undefined && right !== undefined && isWithin(left, right);
}

/** Whether two JSON texts are equal, with every digit. */
export function isSameJson(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left === right || isEqual(exactOf(left), exactOf(right));
}
