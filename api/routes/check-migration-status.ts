import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { matchesEtag } from '../etag.js';
import { assertMayUse } from '../plugins/auth.js';
import type { RateLimits } from '../plugins/rate-limit.js';
import { unknownAccount } from '../problems.js';
import { retryAfterSeconds } from '../retry-after.js';
import { EVERY_ROLE } from '../roles.js';
import { StatusDocumentView } from '../schemas/accounts.js';
import { AccountIdQuery } from '../schemas/common.js';
import { GUARDED, problems } from '../schemas/problem.js';
import type { StatusCache } from '../status-cache.js';

const HEADERS = {
  ETag: Type.String({ description: 'Names this answer; send it back as If-None-Match.' }),
  'Retry-After': Type.Integer({ minimum: 1, description: 'Seconds until asking again makes sense.' }),
};

/** Called all the time, so it is answered from memory; the store is asked only for an account that is not remembered. */
export const checkMigrationStatus: FastifyPluginAsyncTypebox<{
  statuses: StatusCache;
  limits: RateLimits['statusPerSecond'];
}> = async (app, { statuses, limits }) => {
  const max = (request: FastifyRequest) => (request.caller?.role === 'app' ? limits.app : limits.others);

  app.get(
    '/check-migration-status',
    {
      config: { access: EVERY_ROLE, rateLimit: { max, timeWindow: 1_000 } },
      schema: {
        operationId: 'checkMigrationStatus',
        tags: ['app'],
        summary: 'How far the migration is, in the fewest words',
        querystring: AccountIdQuery,
        response: {
          200: {
            description: 'The statuses.',
            headers: HEADERS,
            content: { 'application/json': { schema: StatusDocumentView } },
          },
          304: { type: 'null', description: 'Nothing has changed since `If-None-Match`.', headers: HEADERS },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.query.account_id;
      assertMayUse(request, accountId);
      const found = statuses.peek(accountId) ?? (await statuses.read(accountId));
      if (found === undefined) throw unknownAccount();
      reply.headers({
        etag: found.etag,
        'retry-after': String(retryAfterSeconds(found.status, Date.now() - found.changedAt)),
        'cache-control': 'private, no-cache',
        vary: 'authorization',
      });
      if (matchesEtag(request.headers['if-none-match'], found.etag)) return reply.code(304).send(null);
      return reply.type('application/json; charset=utf-8').send(found.body as never);
    },
  );
};
