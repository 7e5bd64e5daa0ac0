/** Which problems of conversations migrations are alerted at once. Single records and attachments are not: they are in the report and the list. */

import { type AlertCondition, alertOfEntry } from '../engine/alerts/alert.js';
import { carryoverCommand } from '../engine/failures/commands.js';
import { type FailedThing, failureEntry } from './failed-things.js';
import { REPORT_TITLES } from './report.js';

/** Undefined for problems that are not alerted at once. */
export function alertOfThing(thing: FailedThing): AlertCondition | undefined {
  if (thing.kind === 'quarantine' || (thing.kind === 'attachments' && !('waiting' in thing)))
    return undefined;
  const type = 'type' in thing ? thing.type : undefined;
  return alertOfEntry(
    { ...failureEntry(thing), count: countOf(thing) },
    { id: idOf(thing), title: REPORT_TITLES[thing.kind], type },
  );
}

/** A port that is ordered again and refused again raises a new alert, however soon. */
function idOf(thing: FailedThing): string {
  return thing.kind === 'porting' ? `${thing.id}.${thing.times}` : thing.id;
}

function countOf(thing: FailedThing): number {
  if ('waiting' in thing) return thing.waiting;
  if (thing.kind !== 'verification') return 1;
  const faults = thing.differences.filter(({ difference }) => difference !== 'new');
  return Math.max(
    1,
    faults.reduce((sum, { count }) => sum + count, 0),
  );
}

/** An account with a large share of its records in quarantine. */
export interface QuarantinedShare {
  readonly accountId: string;
  /** Without waived ones. */
  readonly records: number;
  readonly read: number;
  readonly since: Date;
}

export function alertOfQuarantine({ accountId, records, read, since }: QuarantinedShare): AlertCondition {
  return alertOfEntry(
    {
      kind: 'quarantine',
      account_id: accountId,
      brand_id: '',
      what: `${records} of ${read} records of account ${accountId}`,
      since: since.toISOString(),
      times: 1,
      count: records,
      next_step: 'The command lists them by root cause, each with what to do about it.',
      command: carryoverCommand('quarantine', 'groups', accountId),
    },
    { id: accountId, title: REPORT_TITLES.quarantine },
  );
}
