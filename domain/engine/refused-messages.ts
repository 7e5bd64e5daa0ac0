/** What Temporal has refused for good, in words with the command that says it anew. */

import { carryoverCommand } from './commands.js';
import type { MigrationRef } from './migration-ref.js';
import { SIGNALS } from './messages.js';

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

/** What was asked for did not begin, and does not by itself. */
export function againAfterRefusal({ migration: { subject }, signal }: Refused): {
  readonly nextStep: string;
  readonly command: string;
} {
  const command =
    signal === 'reset' ? ['reset', subject, '--yes'] : [...(AGAIN[signal] ?? ['retry']), subject];
  return {
    nextStep: 'It will not be sent again. Correct what Temporal names, then ask for it again.',
    command: carryoverCommand(...command),
  };
}
