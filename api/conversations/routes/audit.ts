import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import { CONVERSATIONS } from '../../../domain/conversations/migration.js';
import { AUDITED_ACTIONS, type RecordedAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { csvLines } from '../../engine/operations/pages/audit-csv.js';
import { auditPage, auditView } from '../../engine/operations/pages/audit.js';
import { AUDIT_FIELDS } from '../../engine/schemas/audit.js';
import { KIND } from '../../engine/schemas/kinds.js';
import { OPERATORS } from '../../roles.js';
import {
  AccountId,
  Named,
  NextCursor,
  PageQuery,
  StorableText,
  Strict,
  oneOf,
} from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';

const Filter = {
  account_id: Type.Optional(AccountId),
  kind: Type.Optional(KIND),
  key: Type.Optional(AccountId),
  by: Type.Optional(StorableText({ maxLength: 1_024, description: "The token's `sub`." })),
  action: Type.Optional(oneOf(AUDITED_ACTIONS)),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'From this time on; ISO 8601.' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Before this time; ISO 8601.' })),
};
const AuditQuery = Strict({ ...Filter, ...PageQuery });
const AuditExportQuery = Strict(Filter);

const AuditPage = Named('AuditPage', {
  entries: Type.Array(
    Named('AuditEntry', {
      account_id: Type.String({ description: 'Empty if the entry is not about a single account.' }),
      kind: Type.String({ description: 'Empty if the entry is not about a single migration.' }),
      key: Type.String(),
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
    async ({ query: { cursor, limit, ...filter } }) => {
      const { page, next_cursor } = await auditPage(store, { ...filterOf(filter), cursor, limit });
      if (page.length === 0 && filter.account_id !== undefined)
        await served.kind.assertKnown(filter.account_id);
      return { entries: page.map(entryView), next_cursor };
    },
  );

  app.get(
    '/audit.csv',
    {
      exposeHeadRoute: false,
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'exportAuditEntries',
        tags: ['operators'],
        summary: 'Exports who did what and when as CSV, newest first',
        description: 'RFC 4180, with a line of headings. A stream that breaks off is incomplete.',
        querystring: AuditExportQuery,
        response: {
          200: {
            description: 'One entry a line.',
            content: { 'text/csv': { schema: Type.String({ title: 'AuditCsv' }) } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query }, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'content-disposition': 'attachment; filename="audit.csv"' })
        .send(Readable.from(csvLines(store, filterOf(query)), { objectMode: false }) as never),
  );
};

type Filters = Omit<Static<typeof AuditQuery>, 'cursor' | 'limit'>;

function filterOf({ account_id: account, kind, key, by, action, from, to }: Filters) {
  return {
    kind: account === undefined ? kind : CONVERSATIONS,
    subject: account ?? key,
    actor: by,
    action,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

function entryView(entry: RecordedAuditEntry) {
  const { kind = '', subject: key = '' } = entry.migration ?? {};
  return { account_id: accountIn(entry), kind, key, ...auditView(entry) };
}

/** Empty for a migration of another kind, which is not an account. */
function accountIn({ migration }: RecordedAuditEntry): string {
  return migration?.kind === CONVERSATIONS ? migration.subject : '';
}
