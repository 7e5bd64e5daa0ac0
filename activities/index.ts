import type { Logger } from 'pino';
import { isSignalled } from '../domain/conversations/retries.js';
import type { Clock } from '../domain/engine/clock.js';
import { systemClock } from '../gateways/clock.js';
import type { Downloader } from '../gateways/download/download.js';
import type { ObjectStore } from '../gateways/objects/object-store.js';
import { makeCertificate } from '../gateways/store/conversations/certify/certify.js';
import { transaction } from '../gateways/store/sql/transaction.js';
import { completeImport } from '../gateways/store/conversations/check/complete.js';
import type { WorkflowControl } from '../gateways/temporal/workflow-control.js';
import type { CallDependencies } from './conversations/account/call-dependencies.js';
import { createCallActivities } from './conversations/account/calls.js';
import { completingSmall } from './conversations/import/complete-small.js';
import { createImportActivities } from './conversations/import/import-activities.js';
import { createFetchAttachments } from './conversations/attachments/fetch-attachments.js';
import type { CallActivities, ImportActivities } from './conversations/types.js';
import type { SourceClients } from './conversations/import/open-source.js';
import { retryScopeOf } from './conversations/retry-scope.js';
import { createVerificationCalls, runOfActivity } from './conversations/verification/calls.js';
import type { CodeVersion } from './conversations/verification/calls.js';
import type { VerificationCalls, VerificationImports } from './conversations/verification/types.js';
import { createTurnActivities } from './conversations/verification/turn-activities.js';
import { withFailures } from './engine/failures.js';
import { withRetryTracking } from './engine/retries.js';
import { withThrottledHeartbeats } from './engine/heartbeats.js';
import type { Governors } from './engine/governing/governors.js';
import { createOperations } from './conversations/operations/index.js';
import type { OperationDependencies } from './conversations/operations/index.js';
import type { OperationCalls, OperationImports } from './conversations/operations/types.js';
import { createKinds } from './kinds.js';

export interface ActivityDependencies
  extends Omit<CallDependencies, 'clock'>, SourceClients, Pick<OperationDependencies, 'slackWebhookUrl'> {
  /** By default the machine's clock. */
  readonly clock?: Clock;
  readonly workflows: WorkflowControl;
  readonly objects: ObjectStore;
  readonly download: Downloader;
  readonly governors: Governors;
  readonly logger: Logger;
  readonly code: CodeVersion;
}

/** Creates all activities with their dependencies, grouped by the task queues that serve them. */
export function createActivities(given: ActivityDependencies): {
  readonly calls: CallActivities & VerificationCalls & OperationCalls;
  readonly imports: ImportActivities & VerificationImports & OperationImports;
} {
  const { clock = systemClock } = given;
  const dependencies = { ...given, clock };
  const { store, tables, dumps, governors, logger, code } = dependencies;
  const engine = { pool: store.pool, clock, governors };
  const { conversations } = createKinds({
    store,
    clock,
    tables,
    dumps,
    finish: (brand, phase, checked) =>
      transaction(store.control, 'complete-phase', async (tx) => {
        await completeImport(tx, brand, phase, checked);
        const { accountSourceId: accountId } = brand;
        if (phase === 'remaining')
          await makeCertificate(tx, { accountId, after: 'migration', code, workflow: runOfActivity() });
      }),
  });
  const { importSlices, completePhase } = createImportActivities(engine, conversations.copy);
  const imports: ImportActivities & VerificationImports = {
    importSlices: completingSmall({ importSlices, completePhase }),
    completePhase,
    fetchAttachments: createFetchAttachments(dependencies),
    ...createTurnActivities(engine, conversations),
  };
  const verification = withFailures(createVerificationCalls({ store, clock, code }), logger);
  const operations = createOperations(dependencies);
  const calls = {
    ...createCallActivities(dependencies),
    ...verification,
    ...withFailures(operations.calls, logger),
  };
  const retryTracking = { store, logger, clock, scopeOf: retryScopeOf, isSignalled };
  return {
    calls: withRetryTracking(calls, retryTracking),
    imports: withThrottledHeartbeats(
      withRetryTracking(withFailures({ ...imports, ...operations.imports }, logger), retryTracking),
      clock,
    ),
  };
}
