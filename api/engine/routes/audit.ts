import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { OPERATORS } from '../../roles.js';
import { PageQuery, Strict } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import { auditView, migrationAuditPage } from '../operations/pages/audit.js';
import { KindAuditPage, MigrationParameter } from '../schemas/kinds.js';

export const kindAudit: FastifyPluginAsyncTypebox<{ store: Store; kinds: KnownKinds }> = async (
  app,
  { store, kinds },
) => {
  app.get(
    '/migrations/:key/audit',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listKindAuditEntries',
        tags: ['operators'],
        summary: 'Lists who did what to a migration and when, newest first',
        params: MigrationParameter,
        querystring: Strict(PageQuery),
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: KindAuditPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { kind, key }, query }) => {
      const { page, next_cursor } = await migrationAuditPage(store, kinds.of(kind).kind, key, query);
      return { entries: page.map((entry) => ({ key, ...auditView(entry) })), next_cursor };
    },
  );
};
