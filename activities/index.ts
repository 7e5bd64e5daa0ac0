import type { Logger } from 'pino';
import type { SourceTables } from '../gateways/dynamodb/client.js';
import type { Downloader } from '../gateways/download/download.js';
import type { ObjectStore } from '../gateways/objects/object-store.js';
import { inTransaction } from '../gateways/store/connect.js';
import { setBrandStatus } from '../gateways/store/statuses.js';
import type { CallDependencies } from './conversations/call-dependencies.js';
import { createCallActivities } from './conversations/calls.js';
import { createCompletePhase } from './conversations/complete-phase.js';
import { createFetchAttachments } from './conversations/fetch-attachments.js';
import { createImportSlices } from './conversations/import-slices.js';
import type { CallActivities, ImportActivities } from './conversations/types.js';
import { withFailures } from './failures.js';

export interface ActivityDependencies extends CallDependencies {
  readonly tables: SourceTables;
  readonly objects: ObjectStore;
  readonly download: Downloader;
  readonly logger: Logger;
}

/** The one place where activities get what they need, in the groups that task queues serve. */
export function createActivities(dependencies: ActivityDependencies): {
  readonly calls: CallActivities;
  readonly imports: ImportActivities;
} {
  const { store, tables, logger } = dependencies;
  const imports: ImportActivities = {
    importSlices: createImportSlices({ store, tables }),
    completePhase: createCompletePhase({
      store,
      setBrandStatus: async (brand, status) => {
        await inTransaction(store, (tx) => setBrandStatus(tx, brand, status));
      },
    }),
    fetchAttachments: createFetchAttachments(dependencies),
  };
  return { calls: createCallActivities(dependencies), imports: withFailures(imports, logger) };
}
