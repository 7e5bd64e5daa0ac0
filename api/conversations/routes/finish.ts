import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { askerOf } from '../../engine/operations/asker.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';
import { finish } from '../operations/finish.js';
import { FinishView } from '../schemas/following.js';

interface Options {
  readonly store: Store;
  readonly served: ServedKind;
}

export const finishing: FastifyPluginAsyncTypebox<Options> = async (app, { store, served: { kind } }) => {
  app.post(
    '/migrations/:account_id/finish',
    {
      config: { access: OPERATORS, rateLimit: {} },
      preValidation: refuseBody,
      schema: {
        operationId: 'finishMigration',
        tags: ['operators'],
        summary: 'Ends following: later changes at the source are no longer imported',
        description:
          'A last verification with repair imports changes that following has not, and issues the new certificate. Following ends with it, whatever ' +
          'arrives meanwhile and whichever ports are open. If that verification fails, it is requested again. 409 while not all messages are ' +
          'migrated, while the migration is paused or cancelled, and for an account that was never followed, such as one from a dump.',
        params: AccountIdParameter,
        response: {
          202: {
            description: 'Under way, or done. Idempotent.',
            content: { 'application/json': { schema: FinishView } },
          },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.params.account_id;
      const { status, told } = await finish(store, kind, accountId, askerOf(request));
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply
        .code(202)
        .send({ account_id: accountId, migration_status: status, finished: told === 'finished' });
    },
  );
};
