/** Describes what needs a person: one item each, with the command that fixes it. Contains no names, numbers or texts of people. */

import { carryoverCommand } from './commands.js';
import { FAILURES, type FailureType } from './failures.js';
import type { ComparedTable, Difference } from '../verification.js';

/** What operators see of anything that has failed. */
export interface FailureText {
  readonly what: string;
  readonly since: string;
  readonly times: number;
  readonly message: string;
  readonly next_step: string;
  /** The command that fixes it. */
  readonly command: string;
}

/** A failed thing as operators see it. Each kind of migration has its own words for `Kind`. */
export interface FailureEntry<Kind extends string = string> extends FailureText {
  readonly id: string;
  readonly kind: Kind;
  readonly account_id: string;
  /** Empty if it concerns the whole migration. */
  readonly brand_id: string;
}

/** The next step, and the command for it. */
export type Remedy = Pick<FailureText, 'next_step' | 'command'>;

/** Undefined if this version does not know the failure's type. */
export interface FailedWork {
  readonly type: FailureType | undefined;
  readonly nextStep: string | undefined;
}

/** The differences that a verification found, summed over all units. */
export interface DifferenceCount {
  readonly table: ComparedTable;
  readonly difference: Difference;
  readonly count: number;
}

/** The next step after a failure of the migration or of a unit. */
export function remedyOf(subject: string, { type, nextStep }: FailedWork): Remedy {
  return {
    next_step: nextStep ?? 'Fix the problem in the message, then retry.',
    command:
      type === 'CheckUnequal'
        ? carryoverCommand('verify', subject, '--repair')
        : carryoverCommand('retry', subject),
  };
}

/** The next step after a verification that failed or found these differences. */
export function remedyOfVerification(
  subject: string,
  { type, nextStep }: FailedWork,
  differences: readonly DifferenceCount[],
): Remedy {
  const verify = (...options: readonly string[]) => carryoverCommand('verify', subject, ...options);
  if (type !== undefined) return { next_step: nextStep ?? FAILURES[type].nextStep, command: verify() };
  const found = (...kinds: readonly Difference[]) =>
    differences.some(({ difference }) => kinds.includes(difference));
  if (found('missing', 'different')) {
    return {
      next_step:
        'Import missing and different records again; the command then compares everything once more.',
      command: verify('--repair'),
    };
  }
  if (found('extra')) {
    return {
      next_step:
        'Only the store has these records. Carryover removes nothing: delete those that should not stay, then verify again.',
      command: verify('--repair'),
    };
  }
  return {
    next_step: 'Finish the migration, then verify again.',
    command: carryoverCommand('retry', subject),
  };
}

/** `messages missing: 3; threads different: 1`; undefined if there is none. Records that arrived at the source later are not faults. */
export function differencesInWords(differences: readonly DifferenceCount[]): string | undefined {
  const faults = differences.filter(({ difference }) => difference !== 'new');
  if (faults.length === 0) return undefined;
  return faults
    .map(({ table, difference, count }) => `${table.replaceAll('_', ' ')} ${difference}: ${count}`)
    .join('; ');
}
