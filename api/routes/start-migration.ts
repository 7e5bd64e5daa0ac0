import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { askerOf } from '../operations/asker.js';
import { type AccountSources, meetToStart } from '../operations/meet-account.js';
import { failureView } from '../operations/failure-view.js';
import { refuseStart, startMigration as start } from '../operations/start.js';
import { DELIVERY_WAIT_MS } from '../options.js';
import { assertMayUse, callerOf } from '../plugins/auth.js';
import { EVERY_ROLE } from '../roles.js';
import { StartView, StartedView } from '../schemas/accounts.js';
import { AccountIdBody } from '../schemas/common.js';
import { GUARDED_BODY, problems } from '../schemas/problem.js';

export const startMigration: FastifyPluginAsyncTypebox<AccountSources> = async (app, sources) => {
  app.post(
    '/start-migration',
    {
      config: { access: EVERY_ROLE, rateLimit: {} },
      schema: {
        operationId: 'startMigration',
        tags: ['app'],
        summary: 'Starts the migration, or goes on after a failure',
        description:
          'Answered at once; the work goes on behind. While it runs, the same answer: nothing is started twice. An account that is ' +
          'closed, or whose payload is impossible, is `brand-failure` and says why: at once where Conversations answers soon.',
        body: AccountIdBody,
        response: {
          200: {
            description: 'All messages are migrated; nothing happens.',
            content: { 'application/json': { schema: StartedView } },
          },
          202: {
            description: 'Under way; or, with `failure`, why it cannot be.',
            content: { 'application/json': { schema: StartView } },
          },
          ...problems(...GUARDED_BODY),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.body.account_id;
      assertMayUse(request, accountId);
      const wrong = await meetToStart(sources, accountId);
      const asker = askerOf(request);
      const refused = wrong && (await refuseStart(sources.store, accountId, wrong, asker));
      if (refused) {
        const failure = failureView(refused.failure);
        return reply.code(202).send({ account_id: accountId, migration_status: refused.status, failure });
      }
      if (callerOf(request).role === 'app') {
        app.appPolls.note(accountId);
        // Before the work begins, which asks once for it; nothing is waited for.
        void app.appPolls.flush();
      }
      const { status, begun } = await start(sources.store, 'start', accountId, asker);
      if (begun) await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(begun ? 202 : 200).send({ account_id: accountId, migration_status: status });
    },
  );
};
