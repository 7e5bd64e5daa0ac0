import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { noteAppPolls } from '../../gateways/store/conversations/status/app-polls.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { AppPolls } from '../app-polls.js';

declare module 'fastify' {
  interface FastifyInstance {
    appPolls: AppPolls;
  }
}

const FLUSH_MS = 5_000;
const MINUTE_MS = 60_000;

/** Accounts whose app polls, or has started the migration, go before those that nobody waits for; the workers read it from the store. */
export const appPolls = fp(async (app: FastifyInstance, { store }: { readonly store: Store }) => {
  const polls = new AppPolls({ write: (accountIds) => noteAppPolls(store.pool, accountIds) });
  app.decorate('appPolls', polls);
  const timers: NodeJS.Timeout[] = [];
  app.addHook('onReady', async () => {
    timers.push(setInterval(() => void polls.flush(), FLUSH_MS).unref());
    timers.push(setInterval(() => polls.nextMinute(), MINUTE_MS).unref());
  });
  app.addHook('onClose', async () => {
    for (const timer of timers) clearInterval(timer);
    await polls.flush();
  });
});
