import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CONVERSATIONS } from '../../../domain/conversations/migration.js';
import type { RecordedAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { auditPage, auditView } from '../../engine/operations/audit-page.js';
import { AUDIT_FIELDS } from '../../engine/schemas/audit.js';
import { OPERATORS } from '../../roles.js';
import { AccountId, Named, NextCursor, PageQuery, Strict } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';

const AuditQuery = Strict({ account_id: Type.Optional(AccountId), ...PageQuery });

const AuditPage = Named('AuditPage', {
  entries: Type.Array(
    Named('AuditEntry', {
      account_id: Type.String({ description: 'Empty if the entry is not about a single account.' }),
      ...AUDIT_FIELDS,
    }),
  ),
  next_cursor: NextCursor,
});

export const audit: FastifyPluginAsyncTypebox<{ store: Store; served: ServedKind }> = async (
  app,
  { store, served },
) => {
  app.get(
    '/audit',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listAuditEntries',
        tags: ['operators'],
        summary: 'Lists who did what and when, newest first',
        querystring: AuditQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: AuditPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { account_id: key, cursor, limit } }) => {
      const { page, next_cursor } = await auditPage(store, served.kind, { key, cursor, limit });
      return {
        entries: page.map((entry) => ({ account_id: accountIn(entry), ...auditView(entry) })),
        next_cursor,
      };
    },
  );
};

/** Empty for a migration of another kind, which is not an account. */
function accountIn({ migration }: RecordedAuditEntry): string {
  return migration?.kind === CONVERSATIONS ? migration.subject : '';
}
