/** What needs a person: one thing each, in words, with the command that mends it. No names, numbers or texts of people. */

import { carryoverCommand, shellWord } from './commands.js';

export const FAILURE_KINDS = ['remaining-messages', 'attachments', 'porting', 'quarantine'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

interface Failed {
  /** Of its row: tells the place in a list. */
  readonly id: string;
  readonly accountId: string;
  readonly brandId: string;
  /** ISO 8601. */
  readonly since: string;
  readonly times: number;
  /** Why, as far as somebody has said. */
  readonly message: string | undefined;
}

export type FailedThing = Failed &
  (
    | { readonly kind: 'remaining-messages'; readonly nextStep: string | undefined }
    | { readonly kind: 'attachments'; readonly messageId: string; readonly attachmentId: string }
    | { readonly kind: 'porting'; readonly status: string; readonly channelId: string }
    | { readonly kind: 'quarantine'; readonly sourceTable: string; readonly sourceKey: string }
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
    message:
      thing.message ?? (isUnordered(thing) ? 'The carrier has given no order yet.' : 'Nobody has said why.'),
    ...wordsOf(thing),
  };
}

/** Of ports that go on by themselves. */
const PORT_NEXT_STEPS: Readonly<Record<string, string>> = {
  exception: 'Have the carrier mend it: the port then goes on by itself, and this command shows it.',
  pending:
    'See that the carrier answers and takes CARRIER_API_TOKEN: it is ordered by itself then. The Temporal Web UI tells what its port fails of.',
};

function isUnordered(thing: FailedThing): boolean {
  return thing.kind === 'porting' && thing.status === 'pending';
}

function wordsOf(thing: FailedThing): { what: string; next_step: string; command: string } {
  const { accountId, brandId } = thing;
  switch (thing.kind) {
    case 'remaining-messages':
      return {
        what: `remaining messages of brand ${brandId}`,
        next_step: thing.nextStep ?? 'Mend what the message names, then try again what has failed.',
        command: carryoverCommand('retry', accountId),
      };
    case 'attachments':
      return {
        what: `attachment ${thing.attachmentId} of message ${thing.messageId}`,
        next_step: ATTACHMENT_NEXT_STEP,
        command: [
          carryoverCommand('attachments', 'retry', accountId, '--brand', brandId),
          `--message ${shellWord(thing.messageId)} --attachment ${shellWord(thing.attachmentId)}`,
        ].join(' '),
      };
    case 'porting':
      return {
        what: `port of the number of channel ${thing.channelId} (${thing.status})`,
        next_step:
          PORT_NEXT_STEPS[thing.status] ?? 'Settle it with the carrier, then have the number ordered again.',
        command: carryoverCommand(thing.status in PORT_NEXT_STEPS ? 'status' : 'retry', accountId),
      };
    case 'quarantine':
      return {
        what: `${thing.sourceTable === 'threads' ? 'thread' : 'message'} record ${thing.sourceKey}`,
        next_step: 'Have the record corrected in Conversations, then have it read again.',
        command: carryoverCommand('quarantine', 'retry', accountId, thing.id),
      };
  }
}
