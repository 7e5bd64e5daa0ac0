import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import { SIGNALS } from '../../domain/messages.js';
import type { Store } from '../../gateways/store/connect.js';
import { type WorkflowMessage, deliverOpenMessages } from '../../gateways/store/workflow-messages.js';
import type { TemporalClient } from '../../gateways/temporal/client.js';
import { Delivery } from '../delivery.js';
import { carryOutCancellation } from '../operations/carry-out-cancellation.js';

declare module 'fastify' {
  interface FastifyInstance {
    delivery: Delivery;
  }
}

interface Options {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly log: Logger;
}

const WORKFLOWS_AT_ONCE = 50;
const DELIVERY_TIMEOUT_MS = 3_000;

/** Brings workflow messages to Temporal as long as the process lives; several processes share the work. */
export const delivery = fp(async (app: FastifyInstance, { store, temporal, log }: Options) => {
  const deliver = async (message: WorkflowMessage): Promise<string> => {
    const outcome = await temporal.deliver(message, DELIVERY_TIMEOUT_MS);
    if (outcome === 'refused') {
      log.error({ accountId: message.accountId, kind: message.kind }, 'Temporal refuses a message for good');
    }
    if (outcome === 'completed') {
      log.warn(
        { accountId: message.accountId },
        'A start found the migration completed; nothing was started',
      );
    }
    if (outcome === 'not-running' && message.kind === SIGNALS.cancel) {
      await carryOutCancellation(store, message.accountId, message.payload.by);
    }
    return outcome;
  };
  const loop = new Delivery({
    round: () => deliverOpenMessages(store.pool, deliver, WORKFLOWS_AT_ONCE),
    log,
  });

  app.decorate('delivery', loop);
  app.addHook('onReady', async () => loop.start());
  app.addHook('onClose', () => loop.stop());
});
