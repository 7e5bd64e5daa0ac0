import type { ConversationsActivities } from '../../activities/conversations/types.js';
import { ActivityProxies } from '../engine/activities.js';

/** The activities that only conversations have, for one account, each with its summary in the Web UI. */
export function activitiesOf(accountId: string) {
  const proxies = new ActivityProxies<ConversationsActivities>(accountId);
  return {
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
  };
}
