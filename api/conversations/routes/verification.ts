import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { askerOf } from '../../engine/operations/asker.js';
import { verify } from '../../engine/operations/verify.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';
import { VerifyBody } from '../../engine/schemas/verification.js';
import { VerifyStarted } from '../schemas/verification.js';

interface Options {
  readonly store: Store;
  readonly served: ServedKind;
}

export const verification: FastifyPluginAsyncTypebox<Options> = async (app, { store, served: { kind } }) => {
  app.post(
    '/migrations/:account_id/verify',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'verifyMigration',
        tags: ['operators'],
        summary: 'Reads the source again and compares everything with the store',
        description:
          'The result is `verification` of the migration. With `repair`, missing and different records are imported again and everything ' +
          'is compared once more. Records that only the store has are reported, and never deleted. A second call while one runs finds ' +
          'the same verification. 409 if the migration cannot be verified in its current state.',
        params: AccountIdParameter,
        body: VerifyBody,
        response: {
          202: {
            description: 'Under way. Idempotent.',
            content: { 'application/json': { schema: VerifyStarted } },
          },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.params.account_id;
      const { repair = false } = request.body;
      const asked = await verify(store, kind, accountId, repair, askerOf(request));
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ account_id: accountId, verification: asked });
    },
  );
};
