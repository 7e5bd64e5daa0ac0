import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import type { Stop } from '../../../domain/engine/clock.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { openWaves } from '../../../gateways/store/waves/steps.js';
import { readWave } from '../../../gateways/store/waves/read.js';
import type { KnownKinds } from '../known-kinds.js';
import { stepWave } from './step.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Has the keeper look at the waves soon, because one has changed. */
    wakeWaves(): void;
  }
}

interface Options {
  readonly store: Store;
  readonly kinds: KnownKinds;
  readonly log: Logger;
}

/** A member that has ended leaves its slot empty for so long at most. */
const EVERY_MS = 5_000;

/**
 * Advances waves while the process lives: every API process looks at all open waves, and the store's locks divide the work between them. A process
 * that dies loses nothing, since the whole state of a wave is in the store.
 */
export const keepWaves = fp(async (app: FastifyInstance, { store, kinds, log }: Options) => {
  let running: Promise<void> | undefined;
  let again = false;
  const closing = new AbortController();

  const keep = async (id: string): Promise<void> => {
    const found = await readWave(store.pool, id);
    const kind = kinds.all.find(({ name }) => name === found?.wave.kind);
    // A wave of a kind that is off waits.
    if (kind === undefined) return;
    let started: number;
    do {
      started = (await stepWave({ store, clock: app.clock, log }, kind, id)) ?? 0;
      if (started === 0) return;
      log.info({ wave: id, started }, 'started members of a wave');
      app.delivery.wake();
    } while (!closing.signal.aborted);
  };
  const round = async (): Promise<void> => {
    for (const id of await openWaves(store.pool)) {
      if (closing.signal.aborted) return;
      // What is wrong with one wave must not hold up the others.
      await keep(id).catch((error: unknown) =>
        log.warn({ err: error, wave: id }, 'could not advance a wave; it is retried'),
      );
    }
  };
  const look = (): void => {
    if (running !== undefined) {
      again = true;
      return;
    }
    running = round()
      .catch((error: unknown) => log.warn({ err: error }, 'could not check the waves; it is retried'))
      .finally(() => {
        running = undefined;
        if (again && !closing.signal.aborted) {
          again = false;
          look();
        }
      });
  };

  let stop: Stop | undefined;
  app.decorate('wakeWaves', look);
  app.addHook('onReady', async () => {
    stop = app.clock.every(EVERY_MS, look, { ref: false });
  });
  app.addHook('onClose', async () => {
    closing.abort();
    stop?.();
    await running;
  });
});
