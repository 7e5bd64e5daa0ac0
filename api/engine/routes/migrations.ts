import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import { listKindPage, listedRow } from '../operations/pages/list.js';
import { streamMigration } from '../operations/streams/stream.js';
import {
  kindMigration,
  kindMigrationEvent,
  KindMigrationsPage,
  KindMigrationsQuery,
  KindParameter,
  MigrationParameter,
} from '../schemas/kinds.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export const kindMigrations: FastifyPluginAsyncTypebox<{ kinds: KnownKinds }> = async (app, { kinds }) => {
  const views = kinds.all.map(({ view }) => view);

  app.get(
    '/migrations',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listKindMigrations',
        tags: ['operators'],
        summary: 'Lists the migrations of a kind, the latest change first',
        params: KindParameter,
        querystring: KindMigrationsQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: KindMigrationsPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params, query }) => {
      const { kind } = kinds.of(params.kind);
      const { page, next_cursor } = await listKindPage(kind, query);
      const migrations = page.map((found) => listedRow(kind.name, found));
      return { migrations, next_cursor };
    },
  );

  app.get(
    '/migrations/:key',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getKindMigration',
        tags: ['operators'],
        summary: 'Returns everything about one migration of a kind',
        params: MigrationParameter,
        response: {
          200: {
            description: 'The migration.',
            content: { 'application/json': { schema: kindMigration(views) } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { kind, key } }, reply) => {
      const view = await kinds.of(kind).kind.read(key);
      // Serialized here, because a schema serializer would first have to find out which of the views it is.
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(view));
    },
  );

  app.get(
    '/migrations/:key/events',
    {
      ...OPERATORS_ONLY,
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchKindMigration',
        tags: ['operators'],
        summary: 'Streams one migration of a kind as it changes',
        description:
          'Server-Sent Events named `migration`; `data` is the JSON of the answer of ' +
          '`GET /v2/kinds/{kind}/migrations/{key}`. The first event is sent at once.',
        params: MigrationParameter,
        response: {
          200: {
            description: 'A stream that ends when the token expires or the server stops.',
            content: { 'text/event-stream': { schema: kindMigrationEvent(views) } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) =>
      streamMigration(request, reply, kinds.of(request.params.kind), request.params.key),
  );
};
