import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { readReport } from '../../../gateways/store/conversations/status/report.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { ReportQuery } from '../../engine/schemas/report.js';
import { ReportView } from '../schemas/report.js';

export const report: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get(
    '/report',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'getReport',
        tags: ['operators'],
        summary:
          'Reports what needs a person in all accounts: the number of each kind, and the first of each',
        querystring: ReportQuery,
        response: {
          200: { description: 'The report.', content: { 'application/json': { schema: ReportView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { since } }) => {
      const found = await readReport(store.pool, {
        since: since === undefined ? undefined : new Date(since),
        clock: app.clock,
      });
      return { ...found, entries: [...found.entries] };
    },
  );
};
