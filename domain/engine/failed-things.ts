/** What needs a person: one thing each, in words, with the command that mends it. No names, numbers or texts of people. */

import { carryoverCommand, shellWord } from './commands.js';
import { adviceFor } from '../conversations/records/quarantine-reasons.js';
import { FAILURES, type FailureType } from './failures.js';
import type { ComparedTable, Difference } from './verification.js';

export const FAILURE_KINDS = [
  'brand',
  'recent-messages',
  'remaining-messages',
  'attachments',
  'porting',
  'quarantine',
  'verification',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

interface Failed {
  /** Of its row: tells the place in a list. */
  readonly id: string;
  readonly accountId: string;
  /** Empty where it is about the whole account. */
  readonly brandId: string;
  /** ISO 8601. */
  readonly since: string;
  readonly times: number;
  /** Why, as far as somebody has said. */
  readonly message: string | undefined;
}

/** A type that this version does not know is left out. */
interface FailedWork {
  readonly type: FailureType | undefined;
  readonly nextStep: string | undefined;
}

/** What a verification found, counted over all brands. */
export interface DifferenceCount {
  readonly table: ComparedTable;
  readonly difference: Difference;
  readonly count: number;
}

export type FailedThing = Failed &
  (
    | ({ readonly kind: 'brand' | 'recent-messages' | 'remaining-messages' } & FailedWork)
    | { readonly kind: 'attachments'; readonly messageId: string; readonly attachmentId: string }
    | { readonly kind: 'attachments'; readonly waiting: number }
    | { readonly kind: 'porting'; readonly status: string; readonly channelId: string }
    | {
        readonly kind: 'quarantine';
        readonly sourceTable: string;
        readonly sourceKey: string;
        /** Why its thread was refused, where that is why it is here. */
        readonly threadReason: string | undefined;
      }
    | ({ readonly kind: 'verification'; readonly differences: readonly DifferenceCount[] } & FailedWork)
  );

/** A failed thing as people are told of it. */
export interface FailureEntry {
  readonly id: string;
  readonly kind: FailureKind;
  readonly account_id: string;
  readonly brand_id: string;
  readonly what: string;
  readonly since: string;
  readonly times: number;
  readonly message: string;
  readonly next_step: string;
  readonly command: string;
}

export const ATTACHMENT_NEXT_STEP = 'See to it that the file can be fetched, then have it tried again.';

export function failureEntry(thing: FailedThing): FailureEntry {
  return {
    id: thing.id,
    kind: thing.kind,
    account_id: thing.accountId,
    brand_id: thing.brandId,
    since: new Date(thing.since).toISOString(),
    times: thing.times,
    message: messageOf(thing),
    ...wordsOf(thing),
  };
}

/** Ports that continue on their own once somebody has mended what they name: a retry does not touch them. */
const PORT_NEXT_STEPS: Readonly<Record<string, string>> = {
  exception: FAILURES.CarrierException.nextStep,
  pending:
    'See that the carrier answers and takes CARRIER_API_TOKEN: the number is then ordered without further action. The Temporal Web UI tells what its port fails of.',
};

function messageOf(thing: FailedThing): string {
  if (thing.kind === 'quarantine' && thing.threadReason !== undefined)
    return `${thing.message}: ${thing.threadReason}`;
  if (thing.message !== undefined) return thing.message;
  if (thing.kind === 'porting' && thing.status === 'pending') return 'The carrier has given no order yet.';
  if (thing.kind === 'verification') return differencesInWords(thing.differences);
  if (thing.kind === 'attachments' && 'waiting' in thing)
    return 'They were neither stored nor given up for more than a day.';
  return 'No reason is known.';
}

/** `messages missing: 3; threads different: 1`. What came to the source later is no fault. */
function differencesInWords(differences: readonly DifferenceCount[]): string {
  const faults = differences.filter(({ difference }) => difference !== 'new');
  if (faults.length === 0) return 'A brand has not been read completely, so it could not be compared.';
  return faults
    .map(({ table, difference, count }) => `${table.replaceAll('_', ' ')} ${difference}: ${count}`)
    .join('; ');
}

interface Words {
  readonly what: string;
  readonly next_step: string;
  readonly command: string;
}

function wordsOf(thing: FailedThing): Words {
  const { accountId, brandId } = thing;
  switch (thing.kind) {
    case 'brand':
      return {
        what: brandId === '' ? `account ${accountId}` : `brand ${brandId}`,
        ...nextOf(thing),
      };
    case 'recent-messages':
      return { what: `recent messages of brand ${brandId}`, ...nextOf(thing) };
    case 'remaining-messages':
      return { what: `remaining messages of brand ${brandId}`, ...nextOf(thing) };
    case 'attachments':
      return attachmentWords(thing);
    case 'porting':
      return {
        what: `port of the number of channel ${thing.channelId} (${thing.status})`,
        next_step: PORT_NEXT_STEPS[thing.status] ?? FAILURES.CarrierRefused.nextStep,
        command: carryoverCommand(thing.status in PORT_NEXT_STEPS ? 'status' : 'retry', accountId),
      };
    case 'quarantine':
      return quarantineWords(thing);
    case 'verification':
      return verificationWords(thing);
  }
}

function nextOf({ accountId, type, nextStep }: Failed & FailedWork): Omit<Words, 'what'> {
  return {
    next_step: nextStep ?? 'Mend what the message names, then try again what has failed.',
    command:
      type === 'CheckUnequal'
        ? carryoverCommand('verify', accountId, '--repair')
        : carryoverCommand('retry', accountId),
  };
}

function attachmentWords(thing: FailedThing & { readonly kind: 'attachments' }): Words {
  const { accountId, brandId } = thing;
  const command = carryoverCommand('attachments', 'retry', accountId, '--brand', brandId);
  if ('waiting' in thing) {
    return {
      what: `${thing.waiting} attachments of brand ${brandId} that wait for more than a day`,
      next_step: 'See that workers run and that ATTACHMENTS_URL can be written, then have them fetched.',
      command,
    };
  }
  return {
    what: `attachment ${thing.attachmentId} of message ${thing.messageId}`,
    next_step: ATTACHMENT_NEXT_STEP,
    command: `${command} --message ${shellWord(thing.messageId)} --attachment ${shellWord(thing.attachmentId)}`,
  };
}

function quarantineWords(thing: FailedThing & { readonly kind: 'quarantine' }): Words {
  const { accountId, id, sourceTable, sourceKey, threadReason, message = '' } = thing;
  const table = threadReason === undefined ? sourceTable : 'threads';
  const { nextStep, command } = mendOf(accountId, [id], table, threadReason ?? message);
  return {
    what: `${sourceTable === 'threads' ? 'thread' : 'message'} record ${sourceKey}`,
    next_step: nextStep,
    command,
  };
}

/** What to do about quarantined records with this root cause, and the command that mends it; `which` are ids, or `--group` and one. */
export function mendOf(
  accountId: string,
  which: readonly string[],
  table: string,
  reason: string,
): { readonly nextStep: string; readonly command: string } {
  const { nextStep, mend } = adviceFor(table, reason);
  const why = mend === 'waive' ? ['--reason', reason] : [];
  return { nextStep, command: carryoverCommand('quarantine', mend, accountId, ...which, ...why) };
}

function verificationWords(thing: FailedThing & { readonly kind: 'verification' }): Words {
  const what = `verification of account ${thing.accountId}`;
  const verify = (...options: readonly string[]) => carryoverCommand('verify', thing.accountId, ...options);
  if (thing.type !== undefined)
    return { what, next_step: thing.nextStep ?? FAILURES[thing.type].nextStep, command: verify() };
  const found = (...kinds: readonly Difference[]) =>
    thing.differences.some(({ difference }) => kinds.includes(difference));
  if (found('missing', 'different')) {
    return {
      what,
      next_step: 'Import again what is missing or different; the command then compares everything once more.',
      command: verify('--repair'),
    };
  }
  if (found('extra')) {
    return {
      what,
      next_step:
        'Only the store has these records. Remove those that are not to stay, then verify again: nothing is removed by Carryover.',
      command: verify('--repair'),
    };
  }
  return {
    what,
    next_step: 'Have the migration finished, then verify again.',
    command: carryoverCommand('retry', thing.accountId),
  };
}
