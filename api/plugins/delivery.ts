import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import type { Store } from '../../gateways/store/sql/connect.js';
import { deliverOpenMessages, retryOpenMessages } from '../../gateways/store/migrations/outbox.js';
import type { TemporalClient } from '../../gateways/temporal/client.js';
import { Delivery } from '../delivery.js';
import type { KnownKinds } from '../engine/known-kinds.js';
import { deliverer } from '../engine/operations/deliver.js';

declare module 'fastify' {
  interface FastifyInstance {
    delivery: Delivery;
  }
}

interface Options {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly kinds: KnownKinds;
  readonly log: Logger;
  /** Whether answers are being written that should not wait for the work of delivery. */
  readonly isBusy: () => boolean;
}

const WORKFLOWS_AT_ONCE = 50;

/** Delivers workflow messages to Temporal while the process lives; several processes share the work. */
export const delivery = fp(async (app: FastifyInstance, options: Options) => {
  const { clock } = app;
  const deliver = deliverer({ ...options, clock });
  const { pool } = options.store;
  const loop = new Delivery({
    clock,
    round: () => deliverOpenMessages(pool, deliver, { limit: WORKFLOWS_AT_ONCE, clock }),
    retryAll: () => retryOpenMessages(pool),
    log: options.log,
    isBusy: options.isBusy,
  });

  app.decorate('delivery', loop);
  app.watches.temporal.on('change', ({ up }) => {
    if (up === true) void loop.revive();
  });
  app.addHook('onReady', async () => loop.start());
  app.addHook('onClose', () => loop.stop());
});
