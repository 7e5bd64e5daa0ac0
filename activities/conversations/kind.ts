import type { ActivityKind, PassWork } from '../engine/kind.js';
import { importPass } from './import/import-pass.js';
import type { ImportDependencies, ImportScope } from './import/import-pass.js';
import type { PhaseSummary } from './types.js';
import { turnPass } from './verification/turn-pass.js';
import type { TurnScope } from './verification/turn-pass.js';

export interface ConversationsKind extends ActivityKind {
  readonly copy: PassWork<ImportScope, PhaseSummary>;
  readonly verify: PassWork<TurnScope, void>;
  readonly repair: PassWork<TurnScope, void>;
}

/** Migrates an account's conversations, brand by brand, into the helpdesk store. */
export function conversationsKind(dependencies: ImportDependencies): ConversationsKind {
  const turn = turnPass(dependencies);
  return { copy: importPass(dependencies), verify: turn, repair: turn };
}
