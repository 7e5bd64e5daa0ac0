import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../../domain/engine/clock.js';
import type { AppPolls } from '../../app-polls.js';
import { CallWindow } from '../../call-window.js';
import { matchesEtag } from '../../etag.js';
import { assertMayUse, auth, callerOf } from '../../plugins/auth.js';
import { sendProblem } from '../../plugins/errors.js';
import type { RateLimits } from '../../plugins/rate-limit.js';
import { unknownAccount } from '../../problems.js';
import { type Refusals, tooMany } from '../../refusals.js';
import { retryAfterSeconds } from '../../retry-after.js';
import { EVERY_ROLE } from '../../roles.js';
import { StatusDocumentView } from '../schemas/accounts.js';
import { AccountIdQuery } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { CachedStatus, StatusCache } from '../../status-cache.js';
import type { TokenVerifier } from '../../tokens.js';

const HEADERS = {
  ETag: Type.String({ description: 'Names this answer; send it back as If-None-Match.' }),
  'Retry-After': Type.Integer({ minimum: 1, description: 'Seconds until asking again makes sense.' }),
};

/** What helmet says elsewhere and matters for data that no browser shows. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};

/** Name, value, name, value, …, as Node takes them. */
const SECURITY_LIST = Object.entries(SECURITY_HEADERS).flat();

interface Options {
  readonly statuses: StatusCache;
  readonly polls: AppPolls;
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
  readonly limits: RateLimits['statusPerSecond'];
}

/**
 * Called all the time, so it is answered from memory; the store is asked only for an account that is not remembered. For the same
 * reason it does without what the other routes share: no promise is awaited on the way to a remembered answer, its headers are one
 * list, and no logger is made for a request that nothing is logged of.
 */
export const checkMigrationStatus: FastifyPluginAsyncTypebox<Options> = async (
  app,
  { statuses, polls, tokens, refusals, limits },
) => {
  const window = new CallWindow(1_000, app.clock);
  app.setChildLoggerFactory((logger) => logger);
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendProblem(error, request, reply.headers({ 'x-request-id': request.id, ...SECURITY_HEADERS })),
  );
  await app.register(auth, { tokens, refusals });
  app.addHook('onRequest', (request, _reply, done) => {
    const { role, key } = callerOf(request);
    const limit = role === 'app' ? limits.app : limits.others;
    if (window.count(key) > limit) throw tooMany(request, '1 second', { 'retry-after': '1' });
    done();
  });

  app.get(
    '/check-migration-status',
    {
      config: { access: EVERY_ROLE },
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
    (request, reply) => {
      const accountId = request.query.account_id;
      assertMayUse(request, accountId);
      const told = (found: CachedStatus | undefined): void => {
        answer(request, reply, found, app.clock);
        if (found?.status !== 'all-messages-migrated' && callerOf(request).role === 'app')
          polls.note(accountId);
      };
      const known = statuses.peek(accountId);
      if (known !== undefined) told(known);
      else
        void statuses
          .read(accountId)
          .then(told)
          .catch((error: Error) => void reply.send(error as never));
    },
  );
};

/**
 * Past Fastify's reply, straight to Node: an object of headers put together for each answer costs more than everything else on the way.
 * What runs after the answer (metrics) runs all the same.
 */
function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  found: CachedStatus | undefined,
  clock: Pick<Clock, 'now'>,
): void {
  if (found === undefined) throw unknownAccount();
  const { raw } = reply.hijack();
  const unchangedMs = clock.now() - found.changedAt;
  const headers = [
    'etag',
    found.etag,
    'retry-after',
    String(retryAfterSeconds(found.status, unchangedMs)),
    'cache-control',
    'private, no-cache',
    'vary',
    'authorization',
    'x-request-id',
    request.id,
    ...SECURITY_LIST,
  ];
  if (matchesEtag(request.headers['if-none-match'], found.etag)) raw.writeHead(304, headers).end();
  else {
    headers.push('content-type', 'application/json; charset=utf-8', 'content-length', found.length);
    raw.writeHead(200, headers).end(found.body);
  }
}
