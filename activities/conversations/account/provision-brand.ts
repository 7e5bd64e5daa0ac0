import { sourceChannelOf } from '../../../domain/conversations/source-channel.js';
import type { SourceChannel } from '../../../domain/conversations/source-channel.js';
import type { PayloadBrand } from '../../../domain/conversations/payload.js';
import { CarryoverError, FAILURES } from '../../../domain/engine/failures/failures.js';
import type { Failure } from '../../../domain/engine/failures/failures.js';
import { provisionChannels } from '../../../gateways/store/conversations/account/channels.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  heldByAnother,
  readBrandSource,
} from '../../../gateways/store/conversations/account/preparations.js';
import { recordBrandFailure } from '../../../gateways/store/conversations/status/statuses.js';
import type { CallDependencies } from './call-dependencies.js';
import { fetchPayload } from './fetch-payload.js';
import type { BrandInput, Provision } from '../types.js';

const REPORTED = 100;

/**
 * Creates the brand's channels from the payload that the preparation stored. One call to Conversations therefore serves all brands of a start, and
 * all are created from the same state. Only after a failure, when somebody may have corrected the payload, does a brand read it again.
 *
 * @param known the channels, where the caller has just stored them
 */
export async function provisionBrand(
  deps: CallDependencies,
  brand: BrandInput,
  known?: readonly SourceChannel[],
): Promise<Provision> {
  try {
    const sources = known ?? (await readBrandSource(deps.store, brand)) ?? (await fetchChannels(deps, brand));
    const made = await provisionChannels(deps.store, brand, sources, deps);
    if (made) return bounded(made);
    return { portingChannelIds: [], failures: [heldByAnother(brand.accountId, brand.brandId)] };
  } catch (error) {
    if (!(error instanceof CarryoverError) || FAILURES[error.type].repeat !== 'final') throw error;
    const failure: Failure = { type: error.type, message: error.message };
    await transaction(deps.store.control, 'record-brand-failure', (tx) =>
      recordBrandFailure(tx, brand, { during: 'channels', failure }, deps),
    );
    return { portingChannelIds: [], failures: [failure] };
  }
}

/** The result stays in the workflow's history, and a brand may have thousands of channels. */
function bounded({ portingChannelIds, failures }: Provision): Provision {
  return { portingChannelIds: portingChannelIds.slice(0, REPORTED), failures: failures.slice(0, REPORTED) };
}

async function fetchChannels(deps: CallDependencies, brand: BrandInput): Promise<readonly SourceChannel[]> {
  const payload = await fetchPayload(deps, brand.accountId);
  const found = payload.brands.find(({ brand_id: brandId }) => brandId === brand.brandId);
  if (!found) {
    const message = `The migration payload of account ${brand.accountId} no longer has brand ${brand.brandId}.`;
    throw new CarryoverError('PayloadImpossible', message);
  }
  return channelsOf(found, brand.accountId);
}

export function channelsOf({ channels }: PayloadBrand, accountId: string): readonly SourceChannel[] {
  return channels.map((channel) => sourceChannelOf(channel, accountId));
}
