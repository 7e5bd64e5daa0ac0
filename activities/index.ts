import type { Logger } from 'pino';
import type { Downloader } from '../gateways/download/download.js';
import type { ObjectStore } from '../gateways/objects/object-store.js';
import { makeCertificate } from '../gateways/store/proof/certificates.js';
import { transaction } from '../gateways/store/sql/transaction.js';
import { setBrandStatus } from '../gateways/store/conversations/status/statuses.js';
import type { WorkflowControl } from '../gateways/temporal/workflow-control.js';
import type { CallDependencies } from './conversations/account/call-dependencies.js';
import { createCallActivities } from './conversations/account/calls.js';
import { completingSmall } from './conversations/import/complete-small.js';
import { createCompletePhase } from './conversations/import/complete-phase.js';
import { createFetchAttachments } from './conversations/attachments/fetch-attachments.js';
import { createImportSlices } from './conversations/import/import-slices.js';
import type { CallActivities, ImportActivities } from './conversations/types.js';
import type { SourceClients } from './conversations/import/open-source.js';
import { createFinishTurn } from './conversations/verification/finish-turn.js';
import { createVerificationCalls, runOfActivity } from './conversations/verification/calls.js';
import type { CodeVersion } from './conversations/verification/calls.js';
import type { VerificationCalls, VerificationImports } from './conversations/verification/types.js';
import { createVerifySlices } from './conversations/verification/verify-slices.js';
import { withFailures } from './engine/failures.js';
import { withRetryBook } from './engine/retries.js';
import { withSparingHeartbeats } from './engine/heartbeats.js';
import type { Governor } from './engine/governor.js';
import { createOperations } from './conversations/operations/index.js';
import type { OperationDependencies } from './conversations/operations/index.js';
import type { OperationCalls, OperationImports } from './conversations/operations/types.js';

export interface ActivityDependencies
  extends CallDependencies, SourceClients, Pick<OperationDependencies, 'slackWebhookUrl'> {
  readonly workflows: WorkflowControl;
  readonly objects: ObjectStore;
  readonly download: Downloader;
  readonly governor: Governor;
  readonly logger: Logger;
  readonly code: CodeVersion;
}

/** The one place where activities get what they need, in the groups that task queues serve. */
export function createActivities(dependencies: ActivityDependencies): {
  readonly calls: CallActivities & VerificationCalls & OperationCalls;
  readonly imports: ImportActivities & VerificationImports & OperationImports;
} {
  const { store, tables, dumps, governor, logger, code } = dependencies;
  const completePhase = createCompletePhase({
    store,
    tables,
    dumps,
    setBrandStatus: async (brand, status) => {
      await transaction(store.control, 'set-brand-status', async (tx) => {
        await setBrandStatus(tx, brand, status);
        const { accountId } = brand;
        if (status === 'all-messages-migrated')
          await makeCertificate(tx, { accountId, after: 'migration', code, workflow: runOfActivity() });
      });
    },
  });
  const importSlices = createImportSlices({ store, tables, dumps, governor });
  const imports: ImportActivities & VerificationImports = {
    importSlices: completingSmall({ importSlices, completePhase }),
    completePhase,
    fetchAttachments: createFetchAttachments(dependencies),
    verifySlices: createVerifySlices({ store, tables, dumps }),
    finishTurn: createFinishTurn(store.pool),
  };
  const verification = withFailures(createVerificationCalls({ store, code }), logger);
  const operations = createOperations(dependencies);
  const calls = {
    ...createCallActivities(dependencies),
    ...verification,
    ...withFailures(operations.calls, logger),
  };
  return {
    calls: withRetryBook(calls, dependencies),
    imports: withSparingHeartbeats(
      withRetryBook(withFailures({ ...imports, ...operations.imports }, logger), dependencies),
    ),
  };
}
