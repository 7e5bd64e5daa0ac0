import { carryoverCommand } from '../../engine/failures/commands.js';
import type { Preflight } from '../../engine/preflight.js';
import type { SteeringState } from '../../engine/steering.js';
import type { AccountStatus } from '../statuses.js';

/** What a start of a known account with a valid payload would do. */
export function startOf(
  accountId: string,
  { started, paused, cancelled, resetting }: SteeringState,
  { status, isDone }: { readonly status: AccountStatus; readonly isDone: boolean },
): Preflight['start'] {
  if (resetting !== undefined)
    return {
      outcome: 'runs',
      sentence: `Account ${accountId} is being reset by ${resetting.by} since ${resetting.since}; the reset starts it again by itself.`,
      next_step: null,
    };
  if (isDone)
    return {
      outcome: 'done',
      sentence: `All messages of account ${accountId} are migrated: a start changes nothing.`,
      next_step: null,
    };
  const held =
    paused === undefined
      ? ''
      : ` It is paused by ${paused.by} since ${paused.since}, and a start does not end that.`;
  const next_step = paused === undefined ? null : `Resume it: ${carryoverCommand('resume', accountId)}`;
  const isUnderWay = started && cancelled === undefined && !status.endsWith('-failure');
  if (isUnderWay)
    return {
      outcome: 'runs',
      sentence: `Account ${accountId} is under way (${status}): a start changes nothing.${held}`,
      next_step,
    };
  return started || cancelled !== undefined
    ? {
        outcome: 'continues',
        sentence: `A start of account ${accountId} continues where it stopped (${status}).${held}`,
        next_step,
      }
    : {
        outcome: 'begins',
        sentence: `A start of account ${accountId} begins its migration.${held}`,
        next_step,
      };
}
