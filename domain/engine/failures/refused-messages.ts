/** Describes messages that Temporal refused for good, with the command that sends them again. */

import { carryoverCommand } from './commands.js';
import type { MigrationRef } from '../migration-ref.js';
import { SIGNALS } from '../messages.js';

export interface Refused {
  readonly migration: MigrationRef;
  readonly signal: string;
}

/** The words of the command, without the subject's id, that sends a message with the signal. */
export type CommandsBySignal = Readonly<Record<string, readonly string[]>>;

const AGAIN: CommandsBySignal = {
  [SIGNALS.pause]: ['pause'],
  [SIGNALS.resume]: ['resume'],
  [SIGNALS.cancel]: ['cancel'],
  verify: ['verify'],
  [SIGNALS.start]: ['start'],
};

/** The request was never started, and will not be retried. `own`: the commands of the kind's own signals. */
export function againAfterRefusal(
  { migration: { subject }, signal }: Refused,
  own: CommandsBySignal,
): {
  readonly nextStep: string;
  readonly command: string;
} {
  const command = [...(AGAIN[signal] ?? own[signal] ?? ['retry']), subject];
  return {
    nextStep: 'It will not be sent again. Fix what Temporal names, then repeat the command.',
    command: carryoverCommand(...command),
  };
}
