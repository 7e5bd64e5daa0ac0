import type { FastifyInstance } from 'fastify';
import type { Stop } from '../../domain/engine/clock.js';
import fp from 'fastify-plugin';
import { CONVERSATIONS } from '../../domain/conversations/migration.js';
import { noteAppPolls } from '../../gateways/store/migrations/app-polls.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { AppPolls } from '../app-polls.js';

declare module 'fastify' {
  interface FastifyInstance {
    appPolls: AppPolls;
  }
}

const FLUSH_MS = 5_000;
const MINUTE_MS = 60_000;

/** Records accounts whose app polls or has started the migration; workers read this from the store and prefer those accounts. */
export const appPolls = fp(async (app: FastifyInstance, { store }: { readonly store: Store }) => {
  const polls = new AppPolls({ write: (accountIds) => noteAppPolls(store.pool, CONVERSATIONS, accountIds) });
  app.decorate('appPolls', polls);
  const timers: Stop[] = [];
  app.addHook('onReady', async () => {
    timers.push(app.clock.every(FLUSH_MS, () => void polls.flush(), { ref: false }));
    timers.push(app.clock.every(MINUTE_MS, () => polls.nextMinute(), { ref: false }));
  });
  app.addHook('onClose', async () => {
    for (const stop of timers) stop();
    await polls.flush();
  });
});
