import { CONVERSATIONS } from '../../../domain/conversations/migration.js';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { type ListedMigration, listMigrations } from '../../../gateways/store/migrations/migrations-list.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { listPage } from '../../engine/operations/pages/list.js';
import { streamMigration } from '../../engine/operations/streams/stream.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { MigrationEvent, MigrationView, MigrationsPage, MigrationsQuery } from '../schemas/migrations.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

interface Options {
  readonly store: Store;
  readonly served: ServedKind;
}

export const migrations: FastifyPluginAsyncTypebox<Options> = async (app, { store, served }) => {
  app.get(
    '/migrations',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listMigrations',
        tags: ['operators'],
        summary: 'Lists migrations, the latest change first',
        querystring: MigrationsQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: MigrationsPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query }) => {
      const { page, next_cursor } = await listPage(query, (filter) =>
        listMigrations(store.pool, CONVERSATIONS, filter),
      );
      return { migrations: page.map(listedView), next_cursor };
    },
  );

  app.get(
    '/migrations/:account_id',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getMigration',
        tags: ['operators'],
        summary: 'Returns everything about one migration',
        params: AccountIdParameter,
        response: {
          200: { description: 'The migration.', content: { 'application/json': { schema: MigrationView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params }) => (await served.kind.read(params.account_id)) as MigrationView,
  );

  app.get(
    '/migrations/:account_id/events',
    {
      ...OPERATORS_ONLY,
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchMigration',
        tags: ['operators'],
        summary: 'Streams one migration as it changes',
        description:
          'Server-Sent Events named `migration`; `data` is the JSON of the answer of `GET /v2/migrations/{account_id}`. The first event is sent at once.',
        params: AccountIdParameter,
        response: {
          200: {
            description: 'A stream that ends when the token expires or the server stops.',
            content: { 'text/event-stream': { schema: MigrationEvent } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) => streamMigration(request, reply, served, request.params.account_id) as never,
  );
};

function listedView({ key, name, status, changedAt, steering }: ListedMigration) {
  return {
    account_id: key,
    name,
    migration_status: status as AccountStatus,
    changed_at: changedAt,
    started_at: steering.startedAt ?? null,
    paused: steering.paused ?? null,
    cancelled: steering.cancelled ?? null,
  };
}
