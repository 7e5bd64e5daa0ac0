/** Problems of following that need a person. */

import { carryoverCommand } from '../../engine/failures/commands.js';
import type { Remedy } from '../../engine/failures/failed-things.js';

export type FollowingFailure =
  /** A stream is behind; concerns no single account. */
  | { readonly cause: 'lag'; readonly table: string; readonly minutes: number }
  | { readonly cause: 'gap'; readonly reason: string; readonly isHeld: boolean }
  | { readonly cause: 'hints'; readonly hints: number }
  /** A brand without a stream was not polled; `failure` is the source's error, if the source was called. */
  | { readonly cause: 'polling'; readonly minutes: number; readonly failure: string | null }
  /** A ported number's channels wait for its last messages at the source. */
  | { readonly cause: 'catching-up'; readonly channel: string; readonly minutes: number }
  /** Following ended by FOLLOW_MAX_DAYS: how many ports were open then, and are now. */
  | {
      readonly cause: 'max-days';
      readonly days: number;
      readonly openPorts: number;
      readonly stillOpen: number;
    };

export type FollowingCause = FollowingFailure['cause'];

export interface FollowingWords extends Remedy {
  readonly what: string;
  readonly message: string;
}

const GAPS: Readonly<Record<string, string>> = {
  'too-old': 'The stream no longer kept changes that were not read yet',
  'too-many': 'More changes waited than are kept',
  'stream-replaced': 'The stream of the source was replaced by another',
  'stream-ended': 'The stream of the source was switched off',
  interrupted: 'The account was not followed for a while',
};

export function followingWords(
  accountId: string,
  brandId: string,
  failure: FollowingFailure,
): FollowingWords {
  const repair = carryoverCommand('verify', accountId, '--repair');
  switch (failure.cause) {
    case 'lag':
      return {
        what: `stream of the table of ${failure.table}`,
        message: `What changes at the source shows here ${failure.minutes} minutes later. A stream keeps changes for 24 hours.`,
        next_step:
          'Check that workers run, reach the store and may read the streams. Migrations that wait are listed by the command.',
        command: carryoverCommand('failures'),
      };
    case 'gap':
      return {
        what: `changes of brand ${brandId}`,
        message: `${GAPS[failure.reason] ?? failure.reason}: some are missing.`,
        next_step: failure.isHeld
          ? 'They are fetched by a repair once the migration is resumed and everything is imported.'
          : 'They are fetched by a repair once everything is imported. The command has one begin at once.',
        command: failure.isHeld ? carryoverCommand('resume', accountId) : repair,
      };
    case 'hints':
      return {
        what: `${counted(failure.hints, 'change')} of brand ${brandId}`,
        message: 'They could not be applied for more than an hour.',
        next_step:
          'The command shows what the migration waits for: an import that cannot be planned, or a table that cannot be read.',
        command: carryoverCommand('status', accountId),
      };
    case 'polling':
      return {
        what: `new messages of brand ${brandId}`,
        message:
          `The source was not polled for ${failure.minutes} minutes. ${failure.failure ?? ''}`.trimEnd(),
        next_step:
          'Check that workers run, reach the store and may read the indexes by_brand and by_last_message. Nothing is lost: polling continues where it was.',
        command: carryoverCommand('status', accountId),
      };
    case 'catching-up':
      return {
        what: `the number of channel ${failure.channel}`,
        message: `It is ported, and its last messages at the source have been awaited for ${failure.minutes} minutes. The channel is ready after 10 minutes at the latest.`,
        next_step:
          'Check that workers run, reach the store and may read the source. Nothing is lost: following brings the messages.',
        command: carryoverCommand('status', accountId),
      };
    case 'max-days':
      return { what: `following of account ${accountId}`, ...endedAfter(accountId, failure, repair) };
  }
}

function endedAfter(
  accountId: string,
  { days, openPorts, stillOpen }: FollowingFailure & { readonly cause: 'max-days' },
  repair: string,
): Remedy & { readonly message: string } {
  const ports =
    openPorts === 0
      ? 'with no port open: the source still changed'
      : `while ${counted(openPorts, 'port')} ${openPorts === 1 ? 'was' : 'were'} open`;
  const message = `It ended after ${counted(days, 'day')} (FOLLOW_MAX_DAYS), ${ports}. What changed at the source since is not here.`;
  return stillOpen > 0
    ? {
        message,
        next_step: `Settle the open ports (${stillOpen}) with the carrier. Once they are final, ${repair} brings what has come since.`,
        command: carryoverCommand('status', accountId),
      }
    : { message, next_step: 'The command brings what has come since.', command: repair };
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
