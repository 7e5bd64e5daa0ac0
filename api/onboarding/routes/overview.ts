import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from 'typebox';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { readStats, readUserStatus, removeFailedLog } from '../../../gateways/onboarding/stats.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { Named } from '../../schemas/common.js';
import { GUARDED, GUARDED_BODY, problems } from '../../schemas/problem.js';
import { unknownUser } from '../operations/unknown.js';
import { CleanupQuery, Count, NullableNumber, NullableText, UserParameter } from '../schemas/migrations.js';
import type { OnboardingRouteOptions } from './options.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };
const DEFAULT_DAYS = 7;

const Stats = Named('OnboardingStats', {
  total_users: Count,
  migrated_users: Count,
  failed_users: Count,
  legacy_completed_users: Count,
  legacy_active_users: Count,
  avg_completion_time: NullableNumber,
  migration_start_time: NullableText,
  migration_end_time: NullableText,
  total_migrations: Count,
  completed_migrations: Count,
  failed_migrations: Count,
  rolled_back_users: Count,
});
const Row = Type.Union([Type.Object({}, { description: 'A row, by column.' }), Type.Null()]);
const UserStatus = Named('OnboardingUserStatus', { user_id: Type.String(), log: Row, session: Row });
const Cleaned = Named('OnboardingCleaned', { deleted: Count });

const of = <Schema extends TSchema>(schema: Schema) => ({
  description: 'The answer.',
  content: { 'application/json': { schema } },
});

export const onboardingOverview: FastifyPluginAsyncTypebox<OnboardingRouteOptions> = async (
  app,
  { stores: { database } },
) => {
  app.get(
    '/stats',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getOnboardingStats',
        tags: ['onboarding'],
        summary: 'Counts users and migrations',
        response: { 200: of(Stats), ...problems(...GUARDED) },
      },
    },
    () => readStats(database),
  );

  app.get(
    '/user/:user_id/status',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getOnboardingUser',
        tags: ['onboarding'],
        summary: "Returns a user's latest log row and session",
        params: UserParameter,
        response: { 200: of(UserStatus), ...problems(...GUARDED) },
      },
    },
    async ({ params }, reply) => {
      const userId = params.user_id.toLowerCase();
      const { isKnown, log, session } = await readUserStatus(database, userId, sessionIdOf(userId));
      if (!isKnown) throw unknownUser();
      // As PostgreSQL writes the rows: a parser would lose digits.
      const text = `{"user_id":${JSON.stringify(userId)},"log":${log ?? 'null'},"session":${session ?? 'null'}}`;
      return reply.type('application/json; charset=utf-8').send(text as never);
    },
  );

  app.post(
    '/cleanup',
    {
      config: { access: ['admin'], rateLimit: {} },
      preValidation: refuseBody,
      schema: {
        operationId: 'cleanUpOnboarding',
        tags: ['onboarding'],
        summary: 'Removes failed rows of the log',
        querystring: CleanupQuery,
        response: { 200: of(Cleaned), ...problems(...GUARDED_BODY) },
      },
    },
    async ({ query }) => ({
      deleted: await removeFailedLog(database, query.older_than_days ?? DEFAULT_DAYS),
    }),
  );
};
