import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import { HealthWatch } from '../../gateways/health-watch.js';
import { storeCheck } from '../../gateways/store/sql/schema.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import type { TemporalClient } from '../../gateways/temporal/client.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Watches the API's dependencies. */
    watches: { readonly store: HealthWatch; readonly temporal: HealthWatch };
  }
}

interface Options {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly log: Logger;
}

export const healthWatches = fp(async (app: FastifyInstance, { store, temporal, log }: Options) => {
  const { clock } = app;
  const ping = (timeoutMs: number) => temporal.ping(timeoutMs);
  const watches = {
    store: new HealthWatch({ name: 'The store', check: storeCheck(store.pool), log, clock }),
    temporal: new HealthWatch({ name: 'Temporal', check: ping, log, clock }),
  };
  app.decorate('watches', watches);
  app.addHook('onReady', async () => {
    watches.store.start();
    watches.temporal.start();
  });
  app.addHook('onClose', async () => {
    await Promise.all([watches.store.stop(), watches.temporal.stop()]);
  });
});
