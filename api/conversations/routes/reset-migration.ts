import { migrationOf } from '../../../domain/conversations/migration.js';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { requestReset } from '../../../gateways/store/conversations/reset/reset.js';
import { askerOf } from '../../engine/operations/asker.js';
import { type AccountSources, addIfUnknown } from '../operations/account-lookup.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { Problem, unknownAccount } from '../../http/problems.js';
import { RESETTERS } from '../../roles.js';
import { StartedView } from '../schemas/accounts.js';
import { AccountIdBody } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';

interface Options extends AccountSources {
  readonly allowed: boolean;
}

export const resetMigration: FastifyPluginAsyncTypebox<Options> = async (app, { allowed, ...sources }) => {
  app.post(
    '/reset-migration',
    {
      config: { access: RESETTERS, rateLimit: {} },
      schema: {
        operationId: 'resetMigration',
        tags: ['app'],
        summary: 'Deletes everything that the migration created, and starts it again from the beginning',
        description:
          'Stops what runs, cancels open port orders, and deletes rows and stored files. A number whose port is complete, or can no ' +
          'longer be cancelled, is not ordered again. During a reset a start is accepted and changes nothing, because the reset starts ' +
          'the migration itself. 403 unless MIGRATION_RESET_ALLOWED is true.',
        body: AccountIdBody,
        response: {
          202: { description: 'Under way.', content: { 'application/json': { schema: StartedView } } },
          ...problems(...GUARDED_BODY),
        },
      },
    },
    async (request, reply) => {
      if (!allowed) {
        throw new Problem(
          'forbidden',
          'Resets are off. They are only for development and test, where MIGRATION_RESET_ALLOWED is true.',
        );
      }
      const accountId = request.body.account_id;
      await addIfUnknown(sources, accountId);
      const asker = askerOf(request);
      const change = await transaction(sources.store.control, 'request-reset', async (tx) => {
        const asked = await requestReset(tx, accountId, asker.subject, { clock: app.clock });
        if (asked === undefined) throw unknownAccount();
        await addAuditEntry(tx, { migration: migrationOf(accountId), action: 'reset', ...asker.asActor });
        return asked;
      });
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ account_id: accountId, migration_status: change.status });
    },
  );
};
