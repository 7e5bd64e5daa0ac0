import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { timestamp } from '../../../domain/engine/clock.js';
import { within } from '../../http/within.js';
import { Named, Strict, Time } from '../../schemas/common.js';
import { problems } from '../../schemas/problem.js';
import type { OnboardingRouteOptions } from './options.js';

/** A probe does not wait longer. */
const PROBE_MS = 2_000;

const Health = Named('OnboardingHealth', {
  healthy: Type.Boolean(),
  database: Type.Boolean(),
  redis: Type.Boolean(),
  temporal: Type.Boolean(),
  checked_at: Time,
});
const content = { 'application/json': { schema: Health } };

/** Needs no token. */
export const onboardingHealth: FastifyPluginAsyncTypebox<OnboardingRouteOptions> = async (
  app,
  { stores },
) => {
  const { clock } = app;
  const answers = (check: Promise<unknown>): Promise<boolean> =>
    within(
      clock,
      PROBE_MS,
      check.then(
        () => true,
        () => false,
      ),
      false,
    );

  app.get(
    '/health',
    {
      config: { rateLimit: {} },
      schema: {
        operationId: 'onboardingHealth',
        tags: ['health'],
        summary: "Returns whether the product's database, Redis and Temporal can be reached",
        security: [],
        querystring: Strict({}),
        response: {
          ...problems(400),
          200: { description: 'All can be reached.', content },
          503: { description: 'One of them cannot be reached.', content },
        },
      },
    },
    async (_request, reply) => {
      const [database, redis, temporal] = await Promise.all([
        answers(stores.database.ping(PROBE_MS)),
        answers(stores.keys.ping(PROBE_MS)),
        answers(
          app.watches.temporal.latestProblem(1_000).then((trouble) => {
            if (trouble !== undefined) throw trouble;
          }),
        ),
      ]);
      const healthy = database && redis && temporal;
      const health = { healthy, database, redis, temporal, checked_at: timestamp(clock) };
      return reply.code(healthy ? 200 : 503).send(health);
    },
  );
};
