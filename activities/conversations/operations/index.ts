import { brandsToFetch } from '../../../gateways/store/conversations/attachments/brands-to-fetch.js';
import { resetActivities } from './reset.js';
import type { ResetDependencies } from './reset.js';
import { createRetryQuarantined } from './retry-quarantined.js';
import type { RetryQuarantinedDependencies } from './retry-quarantined.js';
import { createSendReport } from './send-report.js';
import type { SendReportDependencies } from './send-report.js';
import type { OperationCalls, OperationImports } from './types.js';

export type OperationDependencies = ResetDependencies &
  SendReportDependencies &
  Pick<RetryQuarantinedDependencies, 'tables' | 'code'>;

export function createOperations(dependencies: OperationDependencies): {
  readonly calls: OperationCalls;
  readonly imports: OperationImports;
} {
  const { store, clock, tables, code } = dependencies;
  return {
    calls: {
      brandsToFetch: async ({ accountId }) => ({ brandIds: await brandsToFetch(store, accountId) }),
      sendReport: createSendReport(dependencies),
    },
    imports: {
      ...resetActivities(dependencies),
      retryQuarantined: createRetryQuarantined({ store, clock, tables, code }),
    },
  };
}
