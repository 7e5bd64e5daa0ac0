import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listAuditEntries } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { storeError } from '../../../gateways/store/sql/errors.js';
import { assertKnownAccount } from '../operations/known-account.js';
import { cursorOf, readCursor } from '../../cursors.js';
import { OPERATORS } from '../../roles.js';
import {
  AccountId,
  DEFAULT_LIMIT,
  Named,
  NextCursor,
  PageQuery,
  Strict,
  Time,
} from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';

const AuditQuery = Strict({ account_id: Type.Optional(AccountId), ...PageQuery });

const AuditPage = Named('AuditPage', {
  entries: Type.Array(
    Named('AuditEntry', {
      id: Type.String(),
      at: Time,
      account_id: Type.String({ description: 'Empty where it is about no single account.' }),
      actor: Type.String({ description: "The token's `sub`." }),
      role: Type.String(),
      action: Type.String(),
      remote_address: Type.Union([Type.String(), Type.Null()]),
      times: Type.Integer({
        minimum: 1,
        description: 'How often the same was asked for with no effect of its own, the first time included.',
      }),
      last_at: Type.Union([Time, Type.Null()], { description: 'The latest of several times.' }),
      details: Type.Union(
        [Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])), Type.Null()],
        { description: 'Counts, choices, the reason that was given.' },
      ),
    }),
  ),
  next_cursor: NextCursor,
});

export const audit: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get(
    '/audit',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listAuditEntries',
        tags: ['operators'],
        summary: 'Who did what, when; newest first',
        querystring: AuditQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: AuditPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { account_id: accountId, cursor, limit = DEFAULT_LIMIT } }) => {
      const before = cursor === undefined ? undefined : readCursor(cursor, [/^\d{1,18}$/])[0];
      const found = await listAuditEntries(store, {
        ...(accountId === undefined ? {} : { accountId }),
        ...(before === undefined ? {} : { before }),
        limit: limit + 1,
      }).catch((error: unknown) => {
        throw storeError(error);
      });
      if (found.length === 0 && accountId !== undefined) await assertKnownAccount(store, accountId);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        entries: page.map((entry) => ({
          id: entry.id,
          at: entry.at.toISOString(),
          account_id: entry.accountId,
          actor: entry.actor,
          role: entry.role,
          action: entry.action,
          remote_address: entry.remoteAddress,
          times: entry.times,
          last_at: entry.lastAt?.toISOString() ?? null,
          details: entry.details ?? null,
        })),
        next_cursor: found.length > limit && last ? cursorOf([last.id]) : null,
      };
    },
  );
};
