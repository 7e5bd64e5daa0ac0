import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FailureKind } from '../../../domain/engine/failed-things.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { failuresPage } from '../../engine/operations/failures-page.js';
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
        summary: 'What needs a person, each with the command that mends it',
        description:
          'Kind by kind, each in the order in which the things came here. What is not mended while pages are being read is on ' +
          'exactly one of them.',
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
