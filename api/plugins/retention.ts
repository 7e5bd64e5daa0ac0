import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import type { Stop } from '../../domain/engine/clock.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import {
  CALLBACKS_KEPT_DAYS,
  forgetCallbacks,
} from '../../gateways/store/conversations/account/porting-callbacks.js';
import { DEFAULT_RETENTION, type Retention, forgetOld } from '../../gateways/store/migrations/retention.js';

/** Days; `callbacks` are the carrier's. */
export type ApiRetention = Retention & { readonly callbacks: number };

export const DEFAULT_API_RETENTION: ApiRetention = { ...DEFAULT_RETENTION, callbacks: CALLBACKS_KEPT_DAYS };

interface Options {
  readonly store: Store;
  readonly log: Logger;
  readonly retention: ApiRetention | undefined;
}

const HOUR_MS = 3_600_000;

/** Deletes messages, callbacks, audit entries and verifications that are past their retention: at the start, and every hour. */
export const retention = fp(
  async (app: FastifyInstance, { store, log, retention: kept = DEFAULT_API_RETENTION }: Options) => {
    let running: Promise<void> = Promise.resolve();
    const forgetAll = async () => ({
      ...(await forgetOld(store.pool, kept)),
      callbacks: await forgetCallbacks(store.pool, kept.callbacks),
    });
    const forget = (): void => {
      running = forgetAll().then(
        (gone) => log.debug(gone, 'deleted rows that are past their retention'),
        (error: unknown) =>
          log.debug(
            { err: error },
            'could not delete rows that are past their retention: the store does not answer',
          ),
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
  },
);
