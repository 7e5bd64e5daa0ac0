/** The activities of conversations for one account, each with its summary in the Web UI. */

import type { ConversationsActivities, PhaseSummary } from '../../activities/conversations/types.js';
import { type Phase, phasesLeft } from '../../domain/conversations/phases.js';
import { ActivityProxies } from '../engine/activities.js';
import type { Completed, KindActivities } from '../engine/kind.js';
import type { BrandOwn } from './kind.js';

export function activitiesOf(accountId: string) {
  const proxies = new ActivityProxies<ConversationsActivities>(accountId);
  return {
    async prepare() {
      const { accountName, brands, paused, awaited } = await proxies
        .with('call', 'Take the migration payload')
        .prepareAccount({ accountId });
      const units = brands.map(({ brandId, name, status }) => ({
        unit: brandId,
        name,
        phases: phasesLeft(status),
      }));
      return { name: accountName, units, paused, awaited };
    },
    recordFailure: (failure) =>
      proxies
        .with('record', 'Record why the account cannot be migrated')
        .recordAccountFailure({ accountId, failure }),
    recordCancellation: (by) =>
      proxies.with('record', 'Record that the migration is cancelled').recordCancellation({ accountId, by }),
    recordUnitFailure: (brandId, step, failure) =>
      proxies
        .with('record', 'Record why the brand has failed')
        .recordBrandFailure({ accountId, brandId, phase: step as Phase | 'channels', failure }),
    async runLane(brandId, phase, awaited) {
      const { threads, messages, quarantined, completed, ...progress } = await proxies
        .lane(phase, awaited, `Import ${phase.name} messages`)
        .importSlices({ accountId, brandId, phase: phase.name as Phase });
      const tally = { threads, messages, quarantined };
      return { ...progress, tally, completed: completed && completedOf(completed) };
    },
    async completePhase(brandId, phase, awaited) {
      const summary = await proxies
        .check(phase, awaited, `Settle and check ${phase.name} messages`)
        .completePhase({ accountId, brandId, phase: phase.name as Phase });
      return completedOf(summary);
    },

    provisionBrand: (brandId: string) =>
      proxies
        .with('awaitedBatch', 'Create the brand and its channels')
        .provisionBrand({ accountId, brandId }),
    startPorts: (brandId: string) =>
      proxies
        .with('awaitedStarts', 'Start the workflows that follow the ports')
        .startPorts({ accountId, brandId }),
    fetchAttachments: (brandId: string) =>
      proxies.with('lane', 'Fetch attachments', 'background').fetchAttachments({ accountId, brandId }),
    followPort: (channelId: string) =>
      proxies
        .with('partner', 'Order the port and poll the carrier until it ends')
        .followPort({ accountId, channelId }),
  } satisfies KindActivities<BrandOwn> & Record<string, unknown>;
}

function completedOf({ attachmentsToFetch, ...tally }: PhaseSummary): Completed<BrandOwn> {
  return {
    tally,
    change: ({ attachments }) => ({ attachments: { ...attachments, left: attachmentsToFetch } }),
  };
}
