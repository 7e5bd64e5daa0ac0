import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { readAccountStatuses } from '../../../gateways/store/conversations/account/accounts.js';
import { fillInAccount } from '../../../gateways/store/conversations/account/fill-in.js';
import { Batcher } from '../../batcher.js';
import { askerOf } from '../../engine/operations/asker.js';
import { type AccountSources, meetToStart } from '../operations/meet-account.js';
import { failureView } from '../../engine/operations/failure-view.js';
import { type StartQueue, refuseStart } from '../operations/start.js';
import { assertMayUse, callerOf } from '../../plugins/auth.js';
import { EVERY_ROLE } from '../../roles.js';
import { StartView, StartedView } from '../schemas/accounts.js';
import { AccountIdBody } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';

const STATUSES_AT_ONCE = 500;

interface Options extends AccountSources {
  readonly starts: StartQueue;
}

export const startMigration: FastifyPluginAsyncTypebox<Options> = async (app, { starts, ...sources }) => {
  const statuses = new Batcher<string, AccountStatus | undefined>({
    clock: app.clock,
    keyOf: (accountId) => accountId,
    most: STATUSES_AT_ONCE,
    async work(accountIds) {
      const held = await readAccountStatuses(sources.store, accountIds);
      return accountIds.map((accountId) => held.get(accountId));
    },
  });
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
      const { met, wrong } = await meetToStart(sources, accountId, (id) => statuses.add(id));
      const asker = askerOf(request);
      if (wrong !== undefined && met !== undefined)
        await fillInAccount(sources.store, met.source, met.payload);
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
      const { status, begun } = await starts.start(accountId, asker, met);
      // The message is in the outbox, so the answer does not wait for Temporal.
      if (begun) app.delivery.wake();
      return reply.code(begun ? 202 : 200).send({ account_id: accountId, migration_status: status });
    },
  );
};
