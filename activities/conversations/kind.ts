import type { ActivityKind, KindCalls, KindPasses } from '../engine/kind.js';
import type { CallDependencies } from './account/call-dependencies.js';
import { prepareAccount } from './account/prepare-account.js';
import { recordingStatuses } from './account/record-failure.js';
import { importPass } from './import/import-pass.js';
import type { ImportDependencies } from './import/import-pass.js';
import { turnPass } from './verification/turn-pass.js';
import { accountVerifications } from './verification/verifications.js';
import type { CodeVersion } from './verification/verifications.js';

type CallsDependencies = CallDependencies & { readonly code: CodeVersion };
export type KindDependencies = ImportDependencies & CallsDependencies;

/** Migrates an account's conversations, brand by brand, into the helpdesk store. */
export function conversationsKind(dependencies: KindDependencies): ActivityKind {
  return { ...conversationsPasses(dependencies), ...conversationsCalls(dependencies) };
}

export function conversationsPasses(dependencies: ImportDependencies): Required<Omit<KindPasses, 'undo'>> {
  const turn = turnPass(dependencies);
  return { copy: importPass(dependencies), verify: turn, repair: turn };
}

export function conversationsCalls(dependencies: CallsDependencies): KindCalls {
  return {
    prepare: (accountId) => prepareAccount(dependencies, accountId),
    ...recordingStatuses(dependencies),
    verifications: accountVerifications(dependencies),
  };
}
