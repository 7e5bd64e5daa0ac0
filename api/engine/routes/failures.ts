import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { OPERATORS } from '../../roles.js';
import { ReportQuery } from '../schemas/report.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import { failuresPage } from '../operations/pages/failures.js';
import {
  KindFailuresPage,
  KindFailuresQuery,
  KindParameter,
  KindReportView,
  MigrationParameter,
} from '../schemas/kinds.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };
const FAILURES = {
  200: { description: 'A page.', content: { 'application/json': { schema: KindFailuresPage } } },
  ...problems(...GUARDED),
};
const ORDER =
  'Ordered by sort of failure, then by id. A failure that stays open while you read all pages is on exactly one of them.';

export const kindFailures: FastifyPluginAsyncTypebox<{ kinds: KnownKinds }> = async (app, { kinds }) => {
  app.get(
    '/failures',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listKindFailures',
        tags: ['operators'],
        summary:
          "Lists what needs a person in all of a kind's migrations, each with the command that fixes it",
        description: ORDER,
        params: KindParameter,
        querystring: KindFailuresQuery,
        response: FAILURES,
      },
    },
    async ({ params, query }) => {
      const { page, next_cursor } = await failuresPage(kinds.of(params.kind).kind, query);
      return { failures: [...page], next_cursor };
    },
  );

  app.get(
    '/migrations/:key/failures',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listKindMigrationFailures',
        tags: ['operators'],
        summary: 'Lists what needs a person in one migration, each with the command that fixes it',
        description: ORDER,
        params: MigrationParameter,
        querystring: KindFailuresQuery,
        response: FAILURES,
      },
    },
    async ({ params: { kind, key }, query }) => {
      const { page, next_cursor } = await failuresPage(kinds.of(kind).kind, { ...query, key });
      return { failures: [...page], next_cursor };
    },
  );

  app.get(
    '/report',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getKindReport',
        tags: ['operators'],
        summary:
          "Reports what needs a person in all of a kind's migrations: the number of each sort, and the first of each",
        params: KindParameter,
        querystring: ReportQuery,
        response: {
          200: { description: 'The report.', content: { 'application/json': { schema: KindReportView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params, query: { since } }) => {
      const { kind } = kinds.of(params.kind);
      const found = await kind.report(since === undefined ? undefined : new Date(since));
      return { kind: kind.name, ...found, entries: [...found.entries] };
    },
  );
};
