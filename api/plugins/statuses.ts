import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Logger } from 'pino';
import { CONVERSATIONS } from '../../domain/conversations/migration.js';
import { STATUS_CHANNEL } from '../../domain/engine/ids.js';
import { migrationOfKey } from '../../domain/engine/migration-ref.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { SESSION_CHANNEL } from '../../gateways/store/sessions/sessions.js';
import { Listener, notify } from '../../gateways/store/sql/listener.js';
import { readStatusDocuments } from '../../gateways/store/migrations/status-documents.js';
import { StatusCache } from '../status-cache.js';

declare module 'fastify' {
  interface FastifyInstance {
    statuses: StatusCache;
    /** Emits `notified` with STATUS_CHANNEL and a `migrationKey` whenever a status document changes, and with SESSION_CHANNEL when a session ends. */
    storeListener: Listener;
  }
}

interface Options {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly log: Logger;
  readonly maxAccounts: number;
}

/** Caches status documents, and keeps them fresh by the store's notifications. */
export const statuses = fp(
  async (app: FastifyInstance, { store, databaseUrl, log, maxAccounts }: Options) => {
    const { clock } = app;
    const read = (ids: readonly string[]) => readStatusDocuments(store.pool, CONVERSATIONS, ids);
    const cache = new StatusCache({ clock, read, maxAccounts });
    const listener = new Listener({
      databaseUrl,
      channels: [STATUS_CHANNEL, SESSION_CHANNEL],
      notify: (channel, payload) => notify(store.pool, channel, payload),
      log,
      clock,
    });
    listener.on('notified', (channel, notice) => {
      if (channel !== STATUS_CHANNEL) return;
      const { kind, subject } = migrationOfKey(notice);
      if (kind === CONVERSATIONS) cache.changed(subject);
    });
    listener.on('listening', () => cache.listening());
    listener.on('lost', () => cache.deaf());

    app.decorate('statuses', cache);
    app.decorate('storeListener', listener);
    app.addHook('onReady', async () => listener.start());
    app.addHook('onClose', async () => {
      cache.close();
      await listener.stop();
    });
  },
);
