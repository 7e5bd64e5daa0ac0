import type { Clock } from '../../../domain/engine/clock.js';
import { portingWorkflowId } from '../../../domain/conversations/ids.js';
import { type ConversationsSignals, PORTING_SIGNALS } from '../../../domain/conversations/messages.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { reopenEndedPorts } from '../../../gateways/store/conversations/account/portings.js';
import { keepFollowed } from '../../../gateways/store/conversations/finishing/finish.js';
import { resetUnderWay } from '../../../gateways/store/conversations/reset/reset.js';
import { beginStarts } from '../../../gateways/store/conversations/status/starts.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import type { SteeringHook } from '../../engine/steered-kind.js';

/**
 * Retries everything that failed. Refused and cancelled ports are ordered again, even if all messages of the account are migrated, which a start
 * leaves alone; their account is followed until they have ended. The rest is a start.
 */
export function retryOf(clock: Clock): SteeringHook {
  return async (tx, accountId, { asActor: actor }) => {
    // A reset itself orders ended ports again.
    const isReset = (await resetUnderWay(tx, accountId)) !== undefined;
    const reopened = isReset ? [] : await reopenEndedPorts(tx, accountId);
    for (const { channelId, brandId } of reopened) {
      await addWorkflowMessage<ConversationsSignals>(tx, {
        migration: migrationOf(accountId),
        workflowId: portingWorkflowId(accountId, channelId),
        signal: PORTING_SIGNALS.orderAgain,
        unit: brandId,
        payload: { channelId },
      });
    }
    if (reopened.length > 0) await keepFollowed(tx, accountId);
    const started = await beginStarts(tx, [{ accountId, actor, isRetry: true }], false, clock);
    return started.get(accountId)?.status ?? 'none';
  };
}
