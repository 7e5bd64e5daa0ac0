import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyError } from 'fastify';
import { Type } from 'typebox';
import type { AppPolls } from '../../app-polls.js';
import { answerFirst } from '../../http/answer-first.js';
import { CallWindow } from '../../http/call-window.js';
import { assertMayUse, auth, callerOf } from '../../plugins/auth.js';
import { originHeaders } from '../../plugins/cross-origin.js';
import { sendProblem } from '../../plugins/errors.js';
import type { RateLimits } from '../../plugins/rate-limit.js';
import { unknownAccount } from '../../http/problems.js';
import { type Refusals, tooMany } from '../../http/refusals.js';
import { EVERY_ROLE } from '../../roles.js';
import { SECURITY_HEADERS, type StatusPolls, answerStatus, isTooOften } from '../operations/status/answer.js';
import { statusFromMemory } from '../operations/status/from-memory.js';
import { StatusDocumentView } from '../schemas/accounts.js';
import { AccountIdQuery } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { CachedStatus, StatusCache } from '../../status-cache.js';
import type { TokenVerifier } from '../../tokens.js';

/** With the prefix of its scope, as metrics name it. */
const PATH = '/v2/check-migration-status';

const HEADERS = {
  ETag: Type.String({ description: 'Identifies this answer; send it back as If-None-Match.' }),
  'Retry-After': Type.Integer({ minimum: 1, description: 'Seconds to wait before the next poll.' }),
};

interface Options {
  readonly statuses: StatusCache;
  readonly polls: AppPolls;
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
  readonly limits: RateLimits['statusPerSecond'];
  readonly corsOrigins: readonly string[];
}

/**
 * This call is polled constantly, so it answers from memory and reads the store only for an account that is not cached. For the same reason
 * it skips what other routes share, most polls are answered before they reach it (`statusFromMemory`), and no logger is created for a request that
 * logs nothing.
 */
export const checkMigrationStatus: FastifyPluginAsyncTypebox<Options> = async (
  app,
  { statuses, polls, tokens, refusals, limits, corsOrigins },
) => {
  const { clock } = app;
  const answering: StatusPolls = {
    polls,
    limits,
    clock,
    window: new CallWindow(1_000, clock),
    originHeaders: originHeaders(corsOrigins, 'authorization'),
  };
  let isClosing = false;
  app.addHook('preClose', async () => void (isClosing = true));
  answerFirst(
    app.server,
    statusFromMemory({
      ...answering,
      statuses,
      tokens,
      isClosing: () => isClosing,
      durations: {
        200: app.requestDurations('GET', PATH, 200),
        304: app.requestDurations('GET', PATH, 304),
      },
    }),
  );
  app.setChildLoggerFactory((logger) => logger);
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendProblem(error, request, reply.headers({ 'x-request-id': request.id, ...SECURITY_HEADERS })),
  );
  await app.register(auth, { tokens, refusals });
  app.addHook('onRequest', (request, _reply, done) => {
    if (isTooOften(answering, callerOf(request))) throw tooMany(request, '1 second', { 'retry-after': '1' });
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
      const caller = callerOf(request);
      const poll = {
        accountId,
        caller,
        requestId: request.id,
        ifNoneMatch: request.headers['if-none-match'],
        origin: request.headers.origin,
      };
      const send = (found: CachedStatus | undefined): void => {
        if (found === undefined) throw unknownAccount();
        // Hooks that run after the answer (metrics) still run.
        answerStatus(answering, poll, found, reply.hijack().raw);
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
