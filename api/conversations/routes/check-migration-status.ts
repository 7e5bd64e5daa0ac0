import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../../domain/engine/clock.js';
import type { AppPolls } from '../../app-polls.js';
import { CallWindow } from '../../http/call-window.js';
import { matchesEtag } from '../../http/etag.js';
import { assertMayUse, auth, callerOf } from '../../plugins/auth.js';
import { sendProblem } from '../../plugins/errors.js';
import type { RateLimits } from '../../plugins/rate-limit.js';
import { unknownAccount } from '../../http/problems.js';
import { type Refusals, tooMany } from '../../http/refusals.js';
import { retryAfterSeconds } from '../../http/retry-after.js';
import { EVERY_ROLE } from '../../roles.js';
import { StatusDocumentView } from '../schemas/accounts.js';
import { AccountIdQuery } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { CachedStatus, StatusCache } from '../../status-cache.js';
import type { TokenVerifier } from '../../tokens.js';

const HEADERS = {
  ETag: Type.String({ description: 'Identifies this answer; send it back as If-None-Match.' }),
  'Retry-After': Type.Integer({ minimum: 1, description: 'Seconds to wait before the next poll.' }),
};

/** The headers of helmet, which other routes use, that matter for data no browser shows. */
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
 * This call is polled constantly, so it answers from memory and reads the store only for an account that is not cached. For the same reason
 * it skips what other routes share: a cached answer awaits no promise, its headers are one list, and no logger is created for a request
 * that logs nothing.
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
        summary: 'Returns the statuses of the account, its brands and its channels',
        description:
          'Answered from memory; made to be polled. It never waits for Temporal, Conversations or DynamoDB. 404 for an account that ' +
          'Carryover does not know.',
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
      const send = (found: CachedStatus | undefined): void => {
        answer(request, reply, found, app.clock);
        if (found?.status !== 'all-messages-migrated' && callerOf(request).role === 'app')
          polls.note(accountId);
      };
      const known = statuses.peek(accountId);
      if (known !== undefined) send(known);
      else
        void statuses
          .read(accountId)
          .then(send)
          .catch((error: Error) => void reply.send(error as never));
    },
  );
};

/**
 * Answers through Node's response instead of Fastify's reply, because building an object of headers costs more than the rest of the request.
 * Hooks that run after the answer (metrics) still run.
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
