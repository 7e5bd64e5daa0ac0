import { migrationOf } from '../../../domain/conversations/migration.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { forgetRetries } from '../../../gateways/store/migrations/retries.js';
import * as statuses from '../../../gateways/store/conversations/status/statuses.js';
import type { CallDependencies } from './call-dependencies.js';
import type { CallActivities } from '../types.js';

export async function recordBrandFailure(
  deps: CallDependencies,
  { accountId, brandId, phase, failure }: Parameters<CallActivities['recordBrandFailure']>[0],
): Promise<void> {
  await transaction(deps.store.control, 'record-brand-failure', async (tx) => {
    await statuses.recordBrandFailure(tx, { accountId, brandId }, { during: phase, failure }, deps);
    await forgetRetries(tx, migrationOf(accountId), brandId);
  });
}

export async function recordAccountFailure(
  deps: CallDependencies,
  { accountId, failure }: Parameters<CallActivities['recordAccountFailure']>[0],
): Promise<void> {
  await transaction(deps.store.control, 'record-account-failure', (tx) =>
    statuses.recordAccountFailure(tx, accountId, failure, deps),
  );
}

export async function recordCancellation(
  deps: CallDependencies,
  { accountId, by }: Parameters<CallActivities['recordCancellation']>[0],
): Promise<void> {
  await transaction(deps.store.control, 'record-cancellation', async (tx) => {
    await statuses.recordCancellation(tx, accountId, by, deps);
    await forgetRetries(tx, migrationOf(accountId));
  });
}
