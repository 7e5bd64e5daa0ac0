import { makeCertificate } from '../../gateways/store/conversations/certify/certify.js';
import { completeImport } from '../../gateways/store/conversations/check/complete.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import type { ActivityKind, KindCalls, KindPasses } from '../engine/kind.js';
import type { CallDependencies } from './account/call-dependencies.js';
import { prepareAccount } from './account/prepare-account.js';
import { recordingStatuses } from './account/record-failure.js';
import { importPass } from './import/import-pass.js';
import type { ImportDependencies } from './import/import-pass.js';
import { turnPass } from './verification/turn-pass.js';
import { type CodeVersion, runOfActivity } from '../engine/certified-run.js';
import { accountVerifications } from './verification/verifications.js';

type CallsDependencies = CallDependencies & { readonly code: CodeVersion };
export type KindDependencies = Omit<ImportDependencies, 'finish'> & CallsDependencies;

/** Migrates an account's conversations, brand by brand, into the helpdesk store. */
export function conversationsKind(dependencies: KindDependencies): ActivityKind {
  const finish = completingPhases(dependencies);
  return { ...conversationsPasses({ ...dependencies, finish }), ...conversationsCalls(dependencies) };
}

export function conversationsPasses(dependencies: ImportDependencies): Required<Omit<KindPasses, 'undo'>> {
  const turn = turnPass(dependencies);
  return { copy: importPass(dependencies), verify: turn, repair: turn };
}

export function conversationsCalls(dependencies: CallsDependencies): KindCalls {
  return {
    prepare: (accountId, isFirst) => prepareAccount(dependencies, accountId, isFirst),
    ...recordingStatuses(dependencies),
    verifications: accountVerifications(dependencies),
  };
}

/** Completes a phase of an import; a full migration is certified in the same transaction. */
function completingPhases({ store, code }: CallsDependencies): ImportDependencies['finish'] {
  return (brand, phase, checked) =>
    transaction(store.control, 'complete-phase', async (tx) => {
      await completeImport(tx, brand, phase, checked);
      const { accountSourceId: accountId } = brand;
      if (phase === 'remaining')
        await makeCertificate(tx, { accountId, after: 'migration', code, workflow: runOfActivity() });
    });
}
