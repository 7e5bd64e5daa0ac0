import type { BrandOwn } from '../../../domain/conversations/brand-own.js';
import { displayName } from '../../../domain/engine/web-ui/business-names.js';
import { REPORTED_UNITS } from '../../../domain/engine/runs.js';
import { CarryoverError, FAILURES } from '../../../domain/engine/failures/failures.js';
import { phasesLeft } from '../../../domain/conversations/phases.js';
import type { MigrationPayload } from '../../../domain/conversations/payload.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { takePayload } from '../../../gateways/store/conversations/account/preparations.js';
import { recordAccountFailure } from '../../../gateways/store/conversations/status/statuses.js';
import type { KindCalls } from '../../engine/kind.js';
import type { PreparedUnit } from '../../engine/types.js';
import type { Provision } from '../types.js';
import type { CallDependencies } from './call-dependencies.js';
import { fetchPayload } from './fetch-payload.js';
import { channelsOf, provisionBrand } from './provision-brand.js';

/**
 * Reads the migration payload, creates or updates the account and its brands, fixes the boundary of `recent` at the first start, and sets what will be
 * migrated to `migrating`. The first preparation of a small account also creates its channels. Throws AccountUnknown, AccountClosed, PayloadImpossible (final).
 *
 * A final failure is recorded in the account's status before it is thrown.
 * While Conversations is unavailable the status does not change and the activity is retried.
 */
export async function prepareAccount(
  deps: CallDependencies,
  accountId: string,
  isFirst: boolean,
): ReturnType<KindCalls['prepare']> {
  try {
    const payload = await fetchPayload(deps, accountId);
    const { brands, paused } = await takePayload(deps.store, payload, deps.recentDays, deps);
    await followed(deps, payload);
    const names = namesIn(payload);
    const units = brands.map(({ brandId, status }) => ({
      unit: brandId,
      name: names.brands.get(brandId),
      phases: phasesLeft(status),
    }));
    const isReady = isFirst && !paused && isSmall(payload);
    return { name: names.account, units: isReady ? await withChannels(deps, payload, units) : units, paused };
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

/** Runs before anything is planned, so that no change falls between a brand's import and its following. A dump cannot be followed. */
async function followed(
  { follow }: CallDependencies,
  { account: { account_id: accountId }, brands, messages }: MigrationPayload,
): Promise<void> {
  if (messages.kind !== 'dynamodb') return;
  const brandIds = brands.map((brand) => brand.brand_id);
  await follow({ accountId, brandIds });
}

/** Up to this many brands and channels together are created faster than another activity for each brand could be scheduled. */
const FEW = 20;

function isSmall({ brands }: MigrationPayload): boolean {
  return brands.reduce((sum, { channels }) => sum + 1 + channels.length, 0) <= FEW;
}

/** Creates the channels of brands that have not begun. A brand with a failure is left to its own run, which reports it. */
async function withChannels(
  deps: CallDependencies,
  { account: { account_id: accountId }, brands }: MigrationPayload,
  units: readonly PreparedUnit[],
): Promise<readonly PreparedUnit[]> {
  const sources = new Map(brands.map((brand) => [brand.brand_id, channelsOf(brand, accountId)]));
  const prepared: PreparedUnit[] = [];
  for (const unit of units) {
    const brand = { accountId, brandId: unit.unit };
    const isBegun = unit.phases[0] !== 'recent';
    const made = isBegun ? undefined : await provisionBrand(deps, brand, sources.get(brand.brandId));
    prepared.push({ ...unit, ...(made?.failures.length === 0 && { own: ownOf(made) }) });
  }
  return prepared;
}

function ownOf({ portingChannelIds }: Provision): BrandOwn {
  return { channels: portingChannelIds.length > 0 ? 'created' : 'done' };
}

/** For summaries and details. Omitted above REPORTED_UNITS brands, whose names would exceed Temporal's limit for a payload. */
function namesIn({ account, brands }: MigrationPayload) {
  const named = brands.length <= REPORTED_UNITS ? brands : [];
  return {
    account: displayName(account.name),
    brands: new Map(named.map(({ brand_id: brandId, name }) => [brandId, displayName(name)])),
  };
}
