import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { askerOf } from '../../engine/operations/asker.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { Named } from '../../schemas/common.js';
import { GUARDED, GUARDED_BODY, problems } from '../../schemas/problem.js';
import { migrateOne, rollBackOne } from '../operations/one-user.js';
import { rebuild } from '../operations/rebuild.js';
import { validate } from '../operations/validate.js';
import {
  ForceBody,
  NullableNumber,
  NullableText,
  StartedMigration,
  UserParameter,
  UserResultView,
} from '../schemas/migrations.js';
import type { OnboardingRouteOptions } from './options.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

const RolledBack = Named('OnboardingRolledBack', {
  success: Type.Literal(true),
  user_id: Type.String(),
  message: Type.String(),
});
const Rebuilt = Named('OnboardingRebuilt', {
  keys: Type.Integer({ minimum: 0, description: "The session's keys." }),
});
const Validated = Named('OnboardingValidation', {
  valid: Type.Boolean(),
  user_id: Type.String(),
  session_id: NullableText,
  workspace_id: NullableText,
  legacy_status: NullableText,
  new_status: NullableText,
  completion_percentage: NullableNumber,
  bcm_generated: Type.Boolean(),
  error_message: NullableText,
  details: Type.Array(
    Named('OnboardingCheck', { check: Type.String(), ok: Type.Boolean(), detail: Type.String() }),
  ),
});

const of = <Schema>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});

/** Calls about one user. */
export const onboardingUsers: FastifyPluginAsyncTypebox<OnboardingRouteOptions> = async (
  app,
  { store, stores },
) => {
  const world = { store, stores, clock: app.clock, deliver: () => app.delivery.soon(DELIVERY_WAIT_MS) };

  app.post(
    '/migrate/:user_id',
    {
      ...OPERATORS_ONLY,
      preValidation: refuseBody,
      schema: {
        operationId: 'migrateOnboardingUser',
        tags: ['onboarding'],
        summary: 'Migrates one user and waits for it',
        description: 'Idempotent: a user who was migrated before has the same result.',
        params: UserParameter,
        response: {
          200: of('The result of the user.', UserResultView),
          202: of('It takes longer than ten seconds, and continues in the background.', StartedMigration),
          ...problems(...GUARDED_BODY, 422),
        },
      },
    },
    async (request, reply) => {
      const answer = await migrateOne(world, request.params.user_id.toLowerCase(), askerOf(request));
      return 'migration_id' in answer ? reply.code(202).send(answer) : reply.code(200).send(answer);
    },
  );

  app.post(
    '/rollback/:user_id',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'rollBackOnboardingUser',
        tags: ['onboarding'],
        summary: 'Rolls one user back and waits for it',
        params: UserParameter,
        body: ForceBody,
        response: {
          200: of('The user is a legacy user again.', RolledBack),
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    (request) =>
      rollBackOne(world, request.params.user_id.toLowerCase(), request.body.force ?? false, askerOf(request)),
  );

  app.get(
    '/validate/:user_id',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'validateOnboardingUser',
        tags: ['onboarding'],
        summary: "Compares a migrated user's rows, keys and manifest with what was written",
        params: UserParameter,
        response: { 200: of('What was found.', Validated), ...problems(...GUARDED) },
      },
    },
    ({ params }) => validate(stores, params.user_id.toLowerCase()),
  );

  app.post(
    '/rebuild/:user_id',
    {
      ...OPERATORS_ONLY,
      preValidation: refuseBody,
      schema: {
        operationId: 'rebuildOnboardingUser',
        tags: ['onboarding'],
        summary: "Fills a session's keys in Redis again from PostgreSQL",
        description: 'Existing keys are not overwritten; all get the lifetime of new ones.',
        params: UserParameter,
        response: { 200: of('Filled.', Rebuilt), ...problems(...GUARDED_BODY, 409) },
      },
    },
    async ({ params }) => ({ keys: await rebuild(stores, params.user_id.toLowerCase()) }),
  );
};
