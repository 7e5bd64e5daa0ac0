import { migrationOf } from '../../../domain/conversations/migration.js';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  listQuarantined,
  readQuarantined,
} from '../../../gateways/store/conversations/quarantine/quarantine.js';
import { listGroups } from '../../../gateways/store/conversations/quarantine/quarantine-groups.js';
import { readCursor } from '../../http/cursors.js';
import { pageOf } from '../../http/pages.js';
import { askFor, lockForRetry } from '../operations/ask-for.js';
import { askerOf } from '../../engine/operations/asker.js';
import { assertKnownAccount } from '../operations/known-account.js';
import { chosenIds, notInQuarantine } from '../operations/quarantine/choice.js';
import { groupView, recordView } from '../operations/quarantine/view.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter, DEFAULT_LIMIT } from '../../schemas/common.js';
import { GUARDED, GUARDED_BODY, problems } from '../../schemas/problem.js';
import {
  GroupsPage,
  GroupsQuery,
  QuarantinePage,
  QuarantineQuery,
  QuarantineRetried,
  QuarantineRetryBody,
  QuarantinedView,
  RecordParameter,
} from '../schemas/quarantine.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export const quarantine: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get(
    '/migrations/:account_id/quarantine',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listQuarantined',
        tags: ['operators'],
        summary: 'Lists records that could not be imported, each with its reason',
        params: AccountIdParameter,
        querystring: QuarantineQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: QuarantinePage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params, query: { table, reason, group, waived, cursor, limit = DEFAULT_LIMIT } }) => {
      const after = cursor === undefined ? undefined : readCursor(cursor, [/^\d{1,18}$/])[0];
      const found = await listQuarantined(store.pool, params.account_id, {
        table,
        reason,
        group,
        waived: waived === undefined ? undefined : waived === 'true',
        after,
        limit: limit + 1,
      });
      if (found.length === 0) await assertKnownAccount(store, params.account_id);
      const { page, next_cursor } = pageOf(found, limit, ({ id }) => [id]);
      return { records: page.map(recordView), next_cursor };
    },
  );

  app.get(
    '/migrations/:account_id/quarantine/groups',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listQuarantineGroups',
        tags: ['operators'],
        summary: 'Lists quarantined records by root cause, each with what to do about it',
        description:
          'Messages whose thread cannot be imported, or is missing, are counted with the thread. Groups are ordered by their first ' +
          'quarantined record.',
        params: AccountIdParameter,
        querystring: GroupsQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: GroupsPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params, query: { cursor, limit = DEFAULT_LIMIT } }) => {
      const after = cursor === undefined ? undefined : readCursor(cursor, [/^\d{1,18}$/])[0];
      const found = await listGroups(store.pool, params.account_id, { after, limit: limit + 1 });
      if (found.length === 0) await assertKnownAccount(store, params.account_id);
      const { page, next_cursor } = pageOf(found, limit, ({ first }) => [first]);
      return { groups: page.map(groupView), next_cursor };
    },
  );

  app.get(
    '/migrations/:account_id/quarantine/:record',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getQuarantined',
        tags: ['operators'],
        summary: 'Returns one quarantined record in its raw form',
        description: 'Each reading leaves an audit row.',
        params: RecordParameter,
        response: {
          200: { description: 'The record.', content: { 'application/json': { schema: QuarantinedView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async (request) => {
      const { account_id: accountId, record } = request.params;
      const found = await readQuarantined(store.pool, accountId, record);
      if (found === undefined) throw notInQuarantine();
      // The audit row comes first: a record is not shown unless the reading is recorded.
      const details = { record: found.id, table: found.sourceTable };
      const entry = {
        migration: migrationOf(accountId),
        action: 'read-quarantined' as const,
        details,
        ...askerOf(request).asActor,
      };
      await transaction(store.control, 'audit-reading', (tx) => addAuditEntry(tx, entry));
      return { ...recordView(found), raw: found.raw };
    },
  );

  app.post(
    '/migrations/:account_id/quarantine/retry',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'retryQuarantined',
        tags: ['operators'],
        summary: 'Reads quarantined records at the source again, and imports those that are valid now',
        description:
          'Safe to repeat: imported records have left the quarantine. 409 while the account is being reset.',
        params: AccountIdParameter,
        body: QuarantineRetryBody,
        response: {
          202: { description: 'Accepted.', content: { 'application/json': { schema: QuarantineRetried } } },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.params.account_id;
      await assertKnownAccount(store, accountId);
      const chosen = await chosenIds(store, accountId, request.body);
      await transaction(store.control, 'retry-quarantined', async (tx) => {
        await lockForRetry(tx, accountId);
        const more = chosen === undefined ? {} : { records: chosen };
        await askFor(tx, 'retry-quarantined', accountId, askerOf(request), more);
      });
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ account_id: accountId, records: chosen?.length ?? null });
    },
  );
};
