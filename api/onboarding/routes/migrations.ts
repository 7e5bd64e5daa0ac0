import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { askerOf } from '../../engine/operations/asker.js';
import { steer } from '../../engine/operations/steer.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, GUARDED_BODY, problems } from '../../schemas/problem.js';
import { migrationView } from '../operations/view.js';
import {
  MigrationIdParameter,
  MigrationView,
  ResultsQuery,
  SteeredOnboarding,
} from '../schemas/migrations.js';
import type { OnboardingRouteOptions } from './options.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };
const SUMMARIES = {
  pause: 'Pauses a migration after the batches under way',
  resume: 'Resumes a paused migration',
  cancel: 'Cancels a migration after the batches under way; finished work stays',
} as const;

export const onboardingMigrations: FastifyPluginAsyncTypebox<OnboardingRouteOptions> = async (
  app,
  { store, served },
) => {
  app.get(
    '/migrations/:migration_id',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getOnboarding',
        tags: ['onboarding'],
        summary: 'Returns a migration with a page of its results',
        params: MigrationIdParameter,
        querystring: ResultsQuery,
        response: {
          200: { description: 'The migration.', content: { 'application/json': { schema: MigrationView } } },
          ...problems(...GUARDED),
        },
      },
    },
    ({ params, query }) => migrationView(store, params.migration_id, query),
  );

  for (const action of ['pause', 'resume', 'cancel'] as const) {
    app.post(
      `/migrations/:migration_id/${action}`,
      {
        ...OPERATORS_ONLY,
        preValidation: refuseBody,
        schema: {
          operationId: `${action}Onboarding`,
          tags: ['onboarding'],
          summary: SUMMARIES[action],
          description: 'Idempotent. A migration that has ended stays as it is.',
          params: MigrationIdParameter,
          response: {
            202: { description: 'Accepted.', content: { 'application/json': { schema: SteeredOnboarding } } },
            ...problems(...GUARDED_BODY, 409),
          },
        },
      },
      async (request, reply) => {
        const { migration_id } = request.params;
        await steer(store, served.kind, action, migration_id, askerOf(request));
        await app.delivery.soon(DELIVERY_WAIT_MS);
        const { status } = await migrationView(store, migration_id, { limit: 1 });
        return reply.code(202).send({ migration_id, status });
      },
    );
  }
};
