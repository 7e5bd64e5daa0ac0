import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { type ListedMigration, listMigrations } from '../../../gateways/store/migrations/migrations-list.js';
import { cursorOf, readCursor } from '../../cursors.js';
import type { MigrationReader } from '../operations/read-migration.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter, DEFAULT_LIMIT } from '../../schemas/common.js';
import { MigrationView, MigrationsPage, MigrationsQuery } from '../schemas/migrations.js';
import { GUARDED, problems } from '../../schemas/problem.js';

const CURSOR = [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, /^[^\0]+$/];

export const migrations: FastifyPluginAsyncTypebox<{ store: Store; readMigration: MigrationReader }> = async (
  app,
  { store, readMigration },
) => {
  app.get(
    '/migrations',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listMigrations',
        tags: ['operators'],
        summary: 'All migrations, the one that changed last first',
        querystring: MigrationsQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: MigrationsPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { status, cursor, limit = DEFAULT_LIMIT } }) => {
      const after = cursor === undefined ? undefined : positionOf(cursor);
      const found = await listMigrations(store.pool, {
        ...(status === undefined ? {} : { status }),
        ...(after === undefined ? {} : { after }),
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        migrations: page.map(listedView),
        next_cursor: found.length > limit && last ? cursorOf([last.changedAt, last.accountId]) : null,
      };
    },
  );

  app.get(
    '/migrations/:account_id',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'getMigration',
        tags: ['operators'],
        summary: 'Everything about one migration',
        params: AccountIdParameter,
        response: {
          200: { description: 'The migration.', content: { 'application/json': { schema: MigrationView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params }) => readMigration(params.account_id),
  );
};

function positionOf(cursor: string) {
  const [changedAt = '', accountId = ''] = readCursor(cursor, CURSOR);
  return { changedAt, accountId };
}

function listedView({ accountId, name, status, changedAt, startedAt, paused, cancelled }: ListedMigration) {
  return {
    account_id: accountId,
    name,
    migration_status: status,
    changed_at: changedAt,
    started_at: startedAt,
    paused,
    cancelled,
  };
}
