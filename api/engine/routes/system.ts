import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { readStoreFacts, type StoreFacts } from '../../../gateways/store/sql/store-facts.js';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { SystemView } from '../schemas/system.js';

const TIMEOUT_MS = 5_000;

interface Options {
  readonly store: Store;
  readonly temporal: TemporalClient;
  readonly version: string;
}

/** The system that migrations run on; answers what it can while a part of it is down. */
export const system: FastifyPluginAsyncTypebox<Options> = async (app, { store, temporal, version }) => {
  const startedAt = new Date(app.clock.now()).toISOString();

  app.get(
    '/system',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'getSystem',
        tags: ['operators'],
        summary: 'Returns workers, queues, the store, schedules and deployments',
        response: {
          200: { description: 'The system.', content: { 'application/json': { schema: SystemView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async (request) => {
      const away = (what: string) => (error: unknown) => {
        request.log.warn({ err: error }, `${what} cannot be asked about the system`);
        return undefined;
      };
      const [facts, found] = await Promise.all([
        readStoreFacts(store.control).catch(away('The store')),
        temporal.system(TIMEOUT_MS).catch(away('Temporal')),
      ]);
      const { workers = [], queues = [], schedules = [], deployments = [] } = found ?? {};
      return {
        api: { version, started_at: startedAt },
        unreachable: [...(facts ? [] : ['store' as const]), ...(found ? [] : ['temporal' as const])],
        workers: workers.map(({ lastAccess, ...worker }) => ({ ...worker, last_access: lastAccess })),
        queues: queues.map(({ oldestSeconds, ...queue }) => ({ ...queue, oldest_seconds: oldestSeconds })),
        store: facts ? storeView(facts) : null,
        schedules: [...schedules],
        deployments: deployments.map(({ createdAt, ...each }) => ({ ...each, created_at: createdAt })),
      };
    },
  );
};

function storeView({ version, pending, connections, replicas, sizeBytes }: StoreFacts) {
  return {
    version,
    migrations_pending: pending,
    connections,
    replicas: replicas.map(({ name, lagSeconds }) => ({ name, lag_seconds: lagSeconds })),
    size_bytes: sizeBytes,
  };
}
