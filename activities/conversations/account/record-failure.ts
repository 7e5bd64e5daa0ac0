import type { Phase } from '../../../domain/conversations/phases.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { forgetRetries } from '../../../gateways/store/migrations/retries.js';
import * as statuses from '../../../gateways/store/conversations/status/statuses.js';
import type { KindCalls } from '../../engine/kind.js';
import type { CallDependencies } from './call-dependencies.js';

type Recording = Pick<KindCalls, 'recordFailure' | 'recordCancellation' | 'recordUnitFailure'>;

/** Records the failure or cancellation of an account's migration, or of a brand's phase. */
export function recordingStatuses(deps: Pick<CallDependencies, 'store' | 'clock'>): Recording {
  const { control } = deps.store;
  return {
    recordFailure: (accountId, failure) =>
      transaction(control, 'record-account-failure', async (tx) => {
        await statuses.recordAccountFailure(tx, accountId, failure, deps);
      }),
    recordCancellation: (accountId, by) =>
      transaction(control, 'record-cancellation', async (tx) => {
        await statuses.recordCancellation(tx, accountId, by, deps);
        await forgetRetries(tx, migrationOf(accountId));
      }),
    recordUnitFailure: (accountId, brandId, { step, failure }) =>
      transaction(control, 'record-brand-failure', async (tx) => {
        const failed = { during: step as Phase | 'channels', failure };
        await statuses.recordBrandFailure(tx, { accountId, brandId }, failed, deps);
        await forgetRetries(tx, migrationOf(accountId), brandId);
      }),
  };
}
