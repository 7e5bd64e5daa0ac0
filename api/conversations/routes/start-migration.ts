import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { readAccountStatuses } from '../../../gateways/store/conversations/account/accounts.js';
import { fillInAccount } from '../../../gateways/store/conversations/account/fill-in.js';
import { Batcher } from '../../http/batcher.js';
import { askerOf } from '../../engine/operations/asker.js';
import { type AccountSources, lookUpForStart } from '../operations/account-lookup.js';
import { failureView } from '../../engine/operations/pages/failure-view.js';
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
        summary: 'Starts the migration, or continues it after a failure',
        description:
          'Answers at once; the work runs in the background. Idempotent: a second call while the migration runs gets the same answer ' +
          'and starts nothing. After a failure or a cancel it continues where it stopped. An account that is closed, or whose payload is ' +
          'invalid, becomes `brand-failure`; the answer has the reason if Conversations answers in time. 404 if Conversations does not ' +
          'know the account; 503 if the account is new and Conversations cannot be reached.',
        body: AccountIdBody,
        response: {
          200: {
            description: 'All messages are migrated; nothing was started.',
            content: { 'application/json': { schema: StartedView } },
          },
          202: {
            description: 'Started, or already running; with `failure`, the reason why it cannot be started.',
            content: { 'application/json': { schema: StartView } },
          },
          ...problems(...GUARDED_BODY),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.body.account_id;
      assertMayUse(request, accountId);
      const { newAccount, blocker } = await lookUpForStart(sources, accountId, (id) => statuses.add(id));
      const asker = askerOf(request);
      if (blocker !== undefined && newAccount !== undefined)
        await fillInAccount(sources.store, newAccount.source, newAccount.payload);
      const refused = blocker && (await refuseStart(sources.store, accountId, blocker, asker));
      if (refused) {
        const failure = failureView(refused.failure);
        return reply.code(202).send({ account_id: accountId, migration_status: refused.status, failure });
      }
      if (callerOf(request).role === 'app') {
        app.appPolls.note(accountId);
        // Written before the work begins, which reads it once; the answer does not wait for it.
        void app.appPolls.flush();
      }
      const { status, begun } = await starts.start(accountId, asker, newAccount);
      // The message is in the outbox, so the answer does not wait for Temporal.
      if (begun) app.delivery.wake();
      return reply.code(begun ? 202 : 200).send({ account_id: accountId, migration_status: status });
    },
  );
};
