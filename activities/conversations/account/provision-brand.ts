import { sourceChannelOf } from '../../../domain/conversations/source-channel.js';
import type { SourceChannel } from '../../../domain/conversations/source-channel.js';
import { CarryoverError, FAILURES } from '../../../domain/engine/failures.js';
import type { Failure } from '../../../domain/engine/failures.js';
import { provisionChannels } from '../../../gateways/store/conversations/account/channels.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  heldByAnother,
  readBrandSource,
} from '../../../gateways/store/conversations/account/preparations.js';
import { recordBrandFailure } from '../../../gateways/store/conversations/status/statuses.js';
import type { CallDependencies } from './call-dependencies.js';
import { askForPayload } from './prepare-account.js';
import type { BrandInput, Provision } from '../types.js';

const TOLD = 100;

/**
 * Makes the brand's channels from what preparation kept of the payload: one call to Conversations serves all brands of a
 * start, however many there are, and all are made from one state of it. Only after a failure, when somebody may have corrected
 * the payload, a brand asks for itself.
 */
export async function provisionBrand(deps: CallDependencies, brand: BrandInput): Promise<Provision> {
  try {
    const sources = (await readBrandSource(deps.store, brand)) ?? (await askForChannels(deps, brand));
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

/** A result stays in the workflow's history, and a brand may have thousands of channels. */
function bounded({ portingChannelIds, failures }: Provision): Provision {
  return { portingChannelIds: portingChannelIds.slice(0, TOLD), failures: failures.slice(0, TOLD) };
}

async function askForChannels(deps: CallDependencies, brand: BrandInput): Promise<readonly SourceChannel[]> {
  const payload = await askForPayload(deps, brand.accountId);
  const found = payload.brands.find(({ brand_id: brandId }) => brandId === brand.brandId);
  if (!found) {
    const message = `The migration payload of account ${brand.accountId} no longer has brand ${brand.brandId}.`;
    throw new CarryoverError('PayloadImpossible', message);
  }
  return found.channels.map((channel) => sourceChannelOf(channel, brand.accountId));
}
