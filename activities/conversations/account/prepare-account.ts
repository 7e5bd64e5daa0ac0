import { displayName } from '../../../domain/engine/business-names.js';
import { REPORTED_UNITS } from '../../../domain/engine/runs.js';
import { CarryoverError, FAILURES } from '../../../domain/engine/failures/failures.js';
import { mustBeMigratable, mustBeOpen } from '../../../domain/conversations/migratable.js';
import { phasesLeft } from '../../../domain/conversations/phases.js';
import type { MigrationPayload } from '../../../domain/conversations/payload.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { takePayload } from '../../../gateways/store/conversations/account/preparations.js';
import { recordAccountFailure } from '../../../gateways/store/conversations/status/statuses.js';
import type { KindCalls } from '../../engine/kind.js';
import type { CallDependencies } from './call-dependencies.js';

/**
 * Reads the migration payload, creates or updates the account and its brands, fixes the boundary of `recent` at the first start, and sets what will be
 * migrated to `migrating`. Throws AccountUnknown, AccountClosed, PayloadImpossible (final).
 *
 * A final failure is recorded in the account's status before it is thrown.
 * While Conversations is unavailable the status does not change and the activity is retried.
 */
export async function prepareAccount(
  deps: CallDependencies,
  accountId: string,
): ReturnType<KindCalls['prepare']> {
  try {
    const payload = await fetchPayload(deps, accountId);
    const { brands, paused } = await takePayload(deps.store, payload, deps.recentDays, deps);
    const names = namesIn(payload);
    return {
      name: names.account,
      units: brands.map(({ brandId, status }) => ({
        unit: brandId,
        name: names.brands.get(brandId),
        phases: phasesLeft(status),
      })),
      paused,
    };
  } catch (error) {
    if (error instanceof CarryoverError && FAILURES[error.type].repeat === 'final') {
      const { type, message } = error;
      await transaction(deps.store.control, 'record-account-failure', (tx) =>
        recordAccountFailure(tx, accountId, { type, message }, deps),
      );
    }
    throw error;
  }
}

/** Returns a payload that can be migrated. Throws CarryoverError; a final one names the fault in the account or its payload. */
export async function fetchPayload(deps: CallDependencies, accountId: string): Promise<MigrationPayload> {
  const account = await deps.conversations.getAccount(accountId);
  if (!account) throw unknown(accountId);
  mustBeOpen(account);
  const payload = await deps.conversations.getMigrationPayload(accountId);
  if (!payload) throw unknown(accountId);
  mustBeMigratable(payload);
  return payload;
}

/** For summaries and details. Omitted above REPORTED_UNITS brands, whose names would exceed Temporal's limit for a payload. */
function namesIn({ account, brands }: MigrationPayload) {
  const named = brands.length <= REPORTED_UNITS ? brands : [];
  return {
    account: displayName(account.name),
    brands: new Map(named.map(({ brand_id: brandId, name }) => [brandId, displayName(name)])),
  };
}

function unknown(accountId: string): CarryoverError {
  return new CarryoverError('AccountUnknown', `Conversations has no account ${accountId}.`);
}
