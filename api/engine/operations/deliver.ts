import type { Logger } from 'pino';
import type { Clock } from '../../../domain/engine/clock.js';
import type { EngineSignals } from '../../../domain/engine/messages.js';
import type { Deliver, Refusal } from '../../../gateways/store/migrations/outbox.js';
import { type MessageOf, isMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import type { ApiKind } from '../kind.js';
import type { KnownKinds } from '../known-kinds.js';

interface Dependencies {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly kinds: Pick<KnownKinds, 'of'>;
  readonly log: Logger;
  readonly clock: Clock;
}

const TIMEOUT_MS = 3_000;

/**
 * Delivers one message to Temporal; if its workflow does not exist, does what the workflow would have done. Returns the outcome. Throws while
 * Temporal or the store cannot be reached, and for a kind that is off; the message is then delivered again.
 */
export function deliverer({ store, temporal, kinds, log, clock }: Dependencies): Deliver {
  return async (message, claimedUntil) => {
    const { migration, signal } = message;
    const { kind } = kinds.of(migration.kind);
    const timeLeft = () => Math.min(TIMEOUT_MS, claimedUntil - clock.now());
    const outcome = await temporal.deliver(message, timeLeft());
    if (typeof outcome === 'object') {
      log.error(
        { ...migration, signal, reason: outcome.refused },
        'Temporal refuses a message for good; it is set aside',
      );
      if (isMessage(message, 'start')) await recordRefusal(store, kind, migration.subject);
    } else if (outcome === 'completed' && isMessage(message, 'start')) {
      return startAnew(kind, message, timeLeft);
    } else if (outcome === 'not-running' && isMessage(message, 'cancel'))
      await carryOutCancellation(store, kind, migration.subject, message.payload.by);
    return outcome;
  };

  /** After a restore from a backup, the store may lack what Temporal knows as completed; the store decides. */
  async function startAnew(
    { steered }: ApiKind,
    message: MessageOf<Pick<EngineSignals, 'start'>>,
    timeLeft: () => number,
  ): Promise<string | Refusal> {
    const { migration } = message;
    const held = await transaction(store.control, 'start-anew', (tx) =>
      steered.migrations.lock(tx, migration.subject),
    );
    const { status = 'none' } = held ?? {};
    if (steered.isDone(status)) {
      log.warn(migration, 'a start found the migration completed; nothing was started');
      return 'completed';
    }
    log.warn(
      { ...migration, status },
      'the migration is completed in Temporal and not in the store; it is started again',
    );
    return temporal.deliver({ ...message, payload: { ...message.payload, afresh: true } }, timeLeft());
  }
}

async function recordRefusal(store: Store, { subject, steered }: ApiKind, key: string): Promise<void> {
  const message = `Temporal refuses to start the migration of ${subject} ${key}: its id may be too long.`;
  await transaction(store.control, 'record-refusal', (tx) =>
    steered.migrations.recordFailure(tx, key, { type: 'Unexpected', message }),
  );
}

/**
 * Records a cancellation for which there was no workflow. Does nothing if a start has revoked it meanwhile.
 */
async function carryOutCancellation(
  store: Store,
  { steered: { migrations } }: ApiKind,
  key: string,
  by: string,
): Promise<void> {
  await transaction(store.control, 'carry-out-cancellation', async (tx) => {
    const held = await migrations.lock(tx, key);
    if (held?.steering.cancelled !== undefined) await migrations.recordCancellation(tx, key, by);
  });
}
