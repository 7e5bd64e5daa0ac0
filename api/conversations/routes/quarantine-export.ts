import { migrationOf } from '../../../domain/conversations/migration.js';
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  type QuarantineFilter,
  listQuarantined,
} from '../../../gateways/store/conversations/quarantine/quarantine.js';
import { askerOf } from '../../engine/operations/asker.js';
import { assertKnownAccount } from '../operations/known-account.js';
import { recordView } from '../operations/quarantine/view.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { ExportLine, ExportQuery } from '../schemas/quarantine.js';

/** The number of records in memory at once; a raw form takes up to 400 KB. */
const PAGE = 500;
const RAW_PAGE = 20;

export const quarantineExport: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get(
    '/migrations/:account_id/quarantine/export',
    {
      exposeHeadRoute: false,
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'exportQuarantined',
        tags: ['operators'],
        summary: 'Exports quarantined records as NDJSON, one a line',
        description:
          'Ordered by id. `raw=true` adds the raw form, including the contents of messages. Each export leaves an audit row. ' +
          'A stream that breaks off is incomplete.',
        params: AccountIdParameter,
        querystring: ExportQuery,
        response: {
          200: {
            description: 'One record a line.',
            content: { 'application/x-ndjson': { schema: ExportLine } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) => {
      const { account_id: accountId } = request.params;
      const { raw, waived, ...filter } = request.query;
      await assertKnownAccount(store, accountId);
      const withRaw = raw === 'true';
      const details = { raw: withRaw, ...filter, ...(waived === undefined ? {} : { waived }) };
      await transaction(store.control, 'audit-export', (tx) =>
        addAuditEntry(tx, {
          migration: migrationOf(accountId),
          action: 'export-quarantined',
          ...askerOf(request).asActor,
          details,
        }),
      );
      const wanted = { ...filter, ...(waived === undefined ? {} : { waived: waived === 'true' }) };
      const lines = Readable.from(exported(store, accountId, wanted, withRaw), { objectMode: false });
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .headers({ 'cache-control': 'no-store' })
        .send(lines as never);
    },
  );
};

async function* exported(
  store: Store,
  accountId: string,
  filter: Omit<QuarantineFilter, 'after' | 'limit'>,
  withRaw: boolean,
): AsyncGenerator<string> {
  const limit = withRaw ? RAW_PAGE : PAGE;
  let after: string | undefined;
  do {
    const page = await listQuarantined(store.pool, accountId, { ...filter, after, limit }, withRaw);
    yield page
      .map((each) => `${JSON.stringify({ ...recordView(each), ...(withRaw ? { raw: each.raw } : {}) })}\n`)
      .join('');
    after = page.length < limit ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
}
