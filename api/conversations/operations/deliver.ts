import type { Logger } from 'pino';
import type { Clock } from '../../../domain/engine/clock.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { statusOf } from '../../../gateways/store/conversations/reset/reset.js';
import { recordAccountFailure } from '../../../gateways/store/conversations/status/statuses.js';
import type { Deliver, Refusal } from '../../../gateways/store/migrations/outbox.js';
import type { WorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import { carryOutCancellation } from './carry-out-cancellation.js';

interface Dependencies {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly log: Logger;
  readonly clock: Clock;
}

const TIMEOUT_MS = 3_000;

/**
 * Delivers one message to Temporal, and does what its workflow would have done where there is none. Answers what became of
 * it. Throws while Temporal or the store cannot be reached: then it is to be delivered again.
 */
export function deliverer({ store, temporal, log, clock }: Dependencies): Deliver {
  return async (message, claimedUntil) => {
    const { migration, signal } = message;
    const timeLeft = () => Math.min(TIMEOUT_MS, claimedUntil - clock.now());
    const outcome = await temporal.deliver(message, timeLeft());
    if (typeof outcome === 'object') {
      log.error(
        { ...migration, signal, reason: outcome.refused },
        'Temporal refuses a message for good: it is set aside',
      );
      if (signal === SIGNALS.start) await recordRefusal(store, migration.subject);
    } else if (outcome === 'completed' && signal === SIGNALS.start) return startAnew(message, timeLeft);
    else if (outcome === 'not-running' && signal === SIGNALS.cancel)
      await carryOutCancellation(store, migration.subject, message.payload.by);
    return outcome;
  };

  /** A store that was restored from a backup has yet to do what Temporal knows as done: the store is right. */
  async function startAnew(message: StartMessage, timeLeft: () => number): Promise<string | Refusal> {
    const { subject: accountId } = message.migration;
    const status = await transaction(store.control, 'start-anew', (tx) => statusOf(tx, accountId));
    if (status === 'all-messages-migrated') {
      log.warn({ accountId }, 'A start found the migration completed: nothing was started');
      return 'completed';
    }
    log.warn(
      { accountId, status },
      'Temporal has the migration as completed and the store has not: it is started again',
    );
    return temporal.deliver({ ...message, payload: { ...message.payload, afresh: true } }, timeLeft());
  }
}

type StartMessage = Extract<WorkflowMessage, { signal: (typeof SIGNALS)['start'] }>;

async function recordRefusal(store: Store, accountId: string): Promise<void> {
  const message = `Temporal refuses to start the migration of account ${accountId}: its id may be too long.`;
  await transaction(store.control, 'record-refusal', (tx) =>
    recordAccountFailure(tx, accountId, { type: 'Unexpected', message }),
  );
}
