import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FailureKind } from '../../../domain/conversations/failed-things.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { failuresPage } from '../../engine/operations/pages/failures.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { FailuresPage, FailuresQuery } from '../schemas/failures.js';

export const failures: FastifyPluginAsyncTypebox<{ served: ServedKind }> = async (app, { served }) => {
  app.get(
    '/failures',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listFailures',
        tags: ['operators'],
        summary: 'Lists what needs a person, each with the command that fixes it',
        description:
          'Ordered by kind, then by id. A failure that stays open while you read all pages is on exactly one of them.',
        querystring: FailuresQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: FailuresPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { kind, account_id: key, cursor, limit } }) => {
      const { page, next_cursor } = await failuresPage(served.kind, { kind, key, cursor, limit });
      return {
        failures: page.map(({ key: account_id, unit: brand_id, kind: what, ...failure }) => ({
          ...failure,
          kind: what as FailureKind,
          account_id,
          brand_id,
        })),
        next_cursor,
      };
    },
  );
};
