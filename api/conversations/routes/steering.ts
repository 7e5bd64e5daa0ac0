import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { askerOf } from '../../engine/operations/asker.js';
import { steer } from '../../engine/operations/steer.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { StartedView } from '../schemas/accounts.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';

const SUMMARIES = {
  pause: 'Pauses a migration: imports stop within one batch',
  resume: 'Resumes a paused migration',
  cancel: 'Cancels a migration; finished work stays, and it can be started again',
  retry: 'Retries failed work, including refused and cancelled ports; finished work stays',
};
const ACTIONS = ['pause', 'resume', 'cancel', 'retry'] as const;

interface Options {
  readonly store: Store;
  readonly served: ServedKind;
}

export const steering: FastifyPluginAsyncTypebox<Options> = async (app, { store, served: { kind } }) => {
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
              description: 'Accepted. Idempotent.',
              content: { 'application/json': { schema: StartedView } },
            },
            ...problems(...GUARDED_BODY, 409),
          },
        },
      },
      async (request, reply) => {
        const accountId = request.params.account_id;
        const status = await steer(store, kind, action, accountId, askerOf(request));
        await app.delivery.soon(DELIVERY_WAIT_MS);
        return reply.code(202).send({ account_id: accountId, migration_status: status });
      },
    );
  }
};
