/** Describes messages that Temporal refused for good, with the command that sends them again. */

import { carryoverCommand } from './commands.js';
import type { MigrationRef } from '../migration-ref.js';
import { SIGNALS } from '../messages.js';

export interface Refused {
  readonly migration: MigrationRef;
  readonly signal: string;
}

const AGAIN: Readonly<Record<string, readonly string[]>> = {
  [SIGNALS.pause]: ['pause'],
  [SIGNALS.resume]: ['resume'],
  [SIGNALS.cancel]: ['cancel'],
  verify: ['verify'],
  'retry-attachments': ['attachments', 'retry'],
  'retry-quarantined': ['quarantine', 'retry'],
  [SIGNALS.start]: ['start'],
};

/** The request was never started, and will not be retried. */
export function againAfterRefusal({ migration: { subject }, signal }: Refused): {
  readonly nextStep: string;
  readonly command: string;
} {
  const command =
    signal === 'reset' ? ['reset', subject, '--yes'] : [...(AGAIN[signal] ?? ['retry']), subject];
  return {
    nextStep: 'It will not be sent again. Fix what Temporal names, then repeat the command.',
    command: carryoverCommand(...command),
  };
}
