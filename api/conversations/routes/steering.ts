import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { type Asker, askerOf } from '../../engine/operations/asker.js';
import { retryMigration } from '../operations/retry.js';
import { STEERINGS, type SteeringAction, steer } from '../operations/steer.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { StartedView } from '../schemas/accounts.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';

const SUMMARIES = {
  pause: 'Pauses a migration: imports end within one batch',
  resume: 'Lets a paused migration go on',
  cancel: 'Ends a migration; what is done stays, and it can be started again',
  retry: 'Tries again what has failed, refused and cancelled ports too; what is done stays',
};
const ACTIONS = [...STEERINGS, 'retry'] as const;

export const steering: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  const act = async (action: SteeringAction | 'retry', accountId: string, asker: Asker) =>
    action === 'retry'
      ? (await retryMigration({ store, clock: app.clock }, accountId, asker)).status
      : steer(store, action, accountId, asker);

  for (const action of ACTIONS) {
    app.post(
      `/migrations/:account_id/${action}`,
      {
        config: { access: OPERATORS, rateLimit: {} },
        preValidation: refuseBody,
        schema: {
          operationId: `${action}Migration`,
          tags: ['operators'],
          summary: SUMMARIES[action],
          params: AccountIdParameter,
          response: {
            202: {
              description: 'Noted; saying it twice is harmless.',
              content: { 'application/json': { schema: StartedView } },
            },
            ...problems(...GUARDED_BODY, 409),
          },
        },
      },
      async (request, reply) => {
        const accountId = request.params.account_id;
        const status = await act(action, accountId, askerOf(request));
        await app.delivery.soon(DELIVERY_WAIT_MS);
        return reply.code(202).send({ account_id: accountId, migration_status: status });
      },
    );
  }
};
