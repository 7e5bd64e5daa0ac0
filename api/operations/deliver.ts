import type { Logger } from 'pino';
import { SIGNALS } from '../../domain/messages.js';
import { type Store, inTransaction } from '../../gateways/store/connect.js';
import { recordAccountFailure } from '../../gateways/store/statuses.js';
import type { Deliver } from '../../gateways/store/outbox.js';
import type { TemporalClient } from '../../gateways/temporal/client.js';
import { carryOutCancellation } from './carry-out-cancellation.js';

interface Dependencies {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly log: Logger;
}

const TIMEOUT_MS = 3_000;

/**
 * Delivers one message to Temporal, and does what its workflow would have done where there is none. Answers what became of
 * it. Throws while Temporal or the store cannot be reached: then it is to be delivered again.
 */
export function deliverer({ store, temporal, log }: Dependencies): Deliver {
  return async (message, claimedUntil) => {
    const { accountId, kind } = message;
    const outcome = await temporal.deliver(message, Math.min(TIMEOUT_MS, claimedUntil - Date.now()));
    switch (outcome) {
      case 'delivered':
        break;
      case 'completed':
        log.warn({ accountId }, 'A start found the migration completed: nothing was started');
        break;
      case 'not-running':
        if (kind === SIGNALS.cancel) await carryOutCancellation(store, accountId, message.payload.by);
        break;
      case 'refused':
        log.error({ accountId, kind }, 'Temporal refuses a message for good: it is set aside');
        if (kind === SIGNALS.start) await recordRefusal(store, accountId);
        break;
    }
    return outcome;
  };
}

async function recordRefusal(store: Store, accountId: string): Promise<void> {
  const message = `Temporal refuses to start the migration of account ${accountId}: its id may be too long.`;
  await inTransaction(store, (tx) => recordAccountFailure(tx, accountId, { type: 'Unexpected', message }));
}
