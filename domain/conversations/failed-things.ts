/** Describes what needs a person in conversations migrations: one item each, with the command that fixes it. */

import { carryoverCommand, shellWord } from '../engine/failures/commands.js';
import {
  type DifferenceCount,
  differencesInWords,
  type FailedWork,
  type FailureEntry,
  type Remedy,
  remedyOf,
  remedyOfVerification,
} from '../engine/failures/failed-things.js';
import { FAILURES } from '../engine/failures/failures.js';
import { type FollowingFailure, followingWords } from './following/failures.js';
import { adviceFor } from './records/quarantine-reasons.js';

export const FAILURE_KINDS = [
  'brand',
  'recent-messages',
  'remaining-messages',
  'attachments',
  'porting',
  'quarantine',
  'verification',
  'following',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

interface Failed {
  /** The row's id, which determines the position in a list. */
  readonly id: string;
  readonly accountId: string;
  /** Empty if it concerns the whole account. */
  readonly brandId: string;
  /** ISO 8601. */
  readonly since: string;
  readonly times: number;
  /** The reason, if one was recorded. */
  readonly message: string | undefined;
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
        /** Why its thread was refused, if that is the root cause. */
        readonly threadReason: string | undefined;
      }
    | ({ readonly kind: 'verification'; readonly differences: readonly DifferenceCount[] } & FailedWork)
    | { readonly kind: 'following'; readonly failure: FollowingFailure }
  );

export const ATTACHMENT_NEXT_STEP = 'Make the file available at its address, then retry it.';

export function failureEntry(thing: FailedThing): FailureEntry<FailureKind> {
  return {
    id: thing.id,
    kind: thing.kind,
    account_id: thing.accountId,
    brand_id: thing.brandId,
    since: new Date(thing.since).toISOString(),
    times: thing.times,
    message: messageOf(thing),
    // Some words have a message of their own.
    ...wordsOf(thing),
  };
}

/** Ports that continue on their own once the cause is fixed; a retry does not affect them. */
const PORT_NEXT_STEPS: Readonly<Record<string, string>> = {
  exception: FAILURES.CarrierException.nextStep,
  pending:
    'Check that the carrier is available and accepts CARRIER_API_TOKEN; the number is then ordered without further action. The Temporal Web UI shows why the port fails.',
};

function messageOf(thing: FailedThing): string {
  if (thing.kind === 'quarantine' && thing.threadReason !== undefined)
    return `${thing.message}: ${thing.threadReason}`;
  if (thing.message !== undefined) return thing.message;
  if (thing.kind === 'porting' && thing.status === 'pending')
    return 'The carrier has not created an order yet.';
  if (thing.kind === 'verification')
    return (
      differencesInWords(thing.differences) ??
      'A brand was not imported completely, so it could not be compared.'
    );
  if (thing.kind === 'attachments' && 'waiting' in thing)
    return 'They have been waiting for more than a day.';
  return 'No reason was recorded.';
}

type Words = Remedy & { readonly what: string; readonly message?: string };

function wordsOf(thing: FailedThing): Words {
  const { accountId, brandId } = thing;
  switch (thing.kind) {
    case 'brand':
      return {
        what: brandId === '' ? `account ${accountId}` : `brand ${brandId}`,
        ...remedyOf(accountId, thing),
      };
    case 'recent-messages':
      return { what: `recent messages of brand ${brandId}`, ...remedyOf(accountId, thing) };
    case 'remaining-messages':
      return { what: `remaining messages of brand ${brandId}`, ...remedyOf(accountId, thing) };
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
      return {
        what: `verification of account ${accountId}`,
        ...remedyOfVerification(accountId, thing, thing.differences),
      };
    case 'following':
      return followingWords(accountId, brandId, thing.failure);
  }
}

function attachmentWords(thing: FailedThing & { readonly kind: 'attachments' }): Words {
  const { accountId, brandId } = thing;
  const command = carryoverCommand('attachments', 'retry', accountId, '--brand', brandId);
  if ('waiting' in thing) {
    return {
      what: `${thing.waiting} attachments of brand ${brandId} waiting for more than a day`,
      next_step: 'Check that workers run and can write to ATTACHMENTS_URL, then retry.',
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
  const { nextStep, command } = fixFor(accountId, [id], table, threadReason ?? message);
  return {
    what: `${sourceTable === 'threads' ? 'thread' : 'message'} record ${sourceKey}`,
    next_step: nextStep,
    command,
  };
}

/** The next step for quarantined records with this root cause, and the command that fixes it. `which` holds ids, or `--group` and a group. */
export function fixFor(
  accountId: string,
  which: readonly string[],
  table: string,
  reason: string,
): { readonly nextStep: string; readonly command: string } {
  const { nextStep, fix } = adviceFor(table, reason);
  const why = fix === 'waive' ? ['--reason', reason] : [];
  return { nextStep, command: carryoverCommand('quarantine', fix, accountId, ...which, ...why) };
}
