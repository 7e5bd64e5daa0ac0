import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';
import { STEERINGS } from '../kind.js';
import type { KnownKinds } from '../known-kinds.js';
import { askerOf } from '../operations/asker.js';
import { steer } from '../operations/steer.js';
import { verify } from '../operations/verify.js';
import { MigrationParameter, SteeredMigration, VerifyingMigration } from '../schemas/kinds.js';
import { VerifyBody } from '../schemas/verification.js';

const SUMMARIES = {
  pause: 'Pauses a migration: its work stops within one batch',
  resume: 'Resumes a paused migration',
  cancel: 'Cancels a migration; finished work stays, and it can be started again',
  retry: 'Retries failed work; finished work stays',
  undo: 'Undoes a migration, if its kind supports it',
};
const REFUSED = '409 if the kind does not have this call, or the migration is not in a state for it.';

interface Options {
  readonly store: Store;
  readonly kinds: KnownKinds;
}

export const kindSteering: FastifyPluginAsyncTypebox<Options> = async (app, { store, kinds }) => {
  for (const action of STEERINGS) {
    app.post(
      `/migrations/:key/${action}`,
      {
        config: { access: OPERATORS, rateLimit: {} },
        preValidation: refuseBody,
        schema: {
          operationId: `${action}KindMigration`,
          tags: ['operators'],
          summary: SUMMARIES[action],
          description: REFUSED,
          params: MigrationParameter,
          response: {
            202: {
              description: 'Accepted. Idempotent.',
              content: { 'application/json': { schema: SteeredMigration } },
            },
            ...problems(...GUARDED_BODY, 409),
          },
        },
      },
      async (request, reply) => {
        const { key } = request.params;
        const { kind } = kinds.of(request.params.kind);
        const status = await steer(store, kind, action, key, askerOf(request));
        await app.delivery.soon(DELIVERY_WAIT_MS);
        return reply.code(202).send({ kind: kind.name, key, status });
      },
    );
  }

  app.post(
    '/migrations/:key/verify',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'verifyKindMigration',
        tags: ['operators'],
        summary: 'Reads the source again and compares everything',
        description: `With \`repair\`, missing and different records are migrated again, then compared once more. ${REFUSED}`,
        params: MigrationParameter,
        body: VerifyBody,
        response: {
          202: {
            description: 'Under way. Idempotent.',
            content: { 'application/json': { schema: VerifyingMigration } },
          },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      const { kind } = kinds.of(request.params.kind);
      const { repair = false } = request.body;
      const verification = await verify(store, kind, key, repair, askerOf(request));
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ kind: kind.name, key, verification });
    },
  );
};
