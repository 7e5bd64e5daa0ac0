import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import type { Stop } from '../../domain/engine/clock.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { type Retention, forgetOld } from '../../gateways/store/migrations/retention.js';

interface Options {
  readonly store: Store;
  readonly log: Logger;
  readonly retention: Retention | undefined;
}

const HOUR_MS = 3_600_000;

/** The API writes messages, callbacks, audit entries and verifications, so it also forgets them: as it begins, and every hour. */
export const retention = fp(async (app: FastifyInstance, { store, log, retention: kept }: Options) => {
  let running: Promise<void> = Promise.resolve();
  const forget = (): void => {
    running = forgetOld(store.pool, kept).then(
      (gone) => log.debug(gone, 'what was kept long enough is forgotten'),
      (error: unknown) => log.debug({ err: error }, 'nothing could be forgotten: the store does not answer'),
    );
  };
  let stop: Stop | undefined;
  app.addHook('onReady', async () => {
    forget();
    stop = app.clock.every(HOUR_MS, forget, { ref: false });
  });
  app.addHook('onClose', async () => {
    stop?.();
    await running;
  });
});
