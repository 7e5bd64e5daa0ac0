/** What Temporal has refused for good, in words with the command that says it anew. */

import { carryoverCommand } from './commands.js';
import { SIGNALS } from './messages.js';

export interface Refused {
  readonly accountId: string;
  readonly kind: string;
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
export function againAfterRefusal({ accountId, kind }: Refused): {
  readonly nextStep: string;
  readonly command: string;
} {
  const command =
    kind === 'reset' ? ['reset', accountId, '--yes'] : [...(AGAIN[kind] ?? ['retry']), accountId];
  return {
    nextStep: 'It will not be sent again. Correct what Temporal names, then ask for it again.',
    command: carryoverCommand(...command),
  };
}
