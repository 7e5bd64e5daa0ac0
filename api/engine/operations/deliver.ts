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
 * Delivers one message to Temporal, and does what its workflow would have done where there is none. Answers what became of
 * it. Throws while Temporal or the store cannot be reached, and for a kind that is off here: then it is to be delivered again.
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
        'Temporal refuses a message for good: it is set aside',
      );
      if (isMessage(message, 'start')) await recordRefusal(store, kind, migration.subject);
    } else if (outcome === 'completed' && isMessage(message, 'start')) {
      return startAnew(kind, message, timeLeft);
    } else if (outcome === 'not-running' && isMessage(message, 'cancel'))
      await carryOutCancellation(store, kind, migration.subject, message.payload.by);
    return outcome;
  };

  /** A store that was restored from a backup has yet to do what Temporal knows as done: the store is right. */
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
      log.warn(migration, 'A start found the migration completed: nothing was started');
      return 'completed';
    }
    log.warn(
      { ...migration, status },
      'Temporal has the migration as completed and the store has not: it is started again',
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
 * For a cancel that found no workflow which could record that it was cancelled. Nothing happens when a start has taken the
 * cancellation back meanwhile.
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
