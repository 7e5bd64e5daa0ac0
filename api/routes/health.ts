import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../domain/engine/clock.js';
import type { HealthWatch } from '../../gateways/health-watch.js';
import { Problem } from '../http/problems.js';
import { within } from '../http/within.js';
import { Named, oneOf } from '../schemas/common.js';
import { problems } from '../schemas/problem.js';

/** A probe does not wait longer for the answer that the API is not ready. */
const LONGEST_WAIT_MS = 2_000;
/** A check that is younger than this is not repeated. */
const FRESH_MS = 1_000;

const Reachable = oneOf(['reachable', 'unreachable']);

/** @param max requests for /readyz from one address in ten seconds */
export const health: FastifyPluginAsyncTypebox<{ max: number }> = async (app, { max }) => {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'alive',
        tags: ['health'],
        summary: 'Returns whether the process is alive',
        security: [],
        response: {
          200: {
            description: 'Alive.',
            content: { 'application/json': { schema: Named('Alive', { status: Type.Literal('alive') }) } },
          },
        },
      },
    },
    async () => ({ status: 'alive' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { rateLimit: { max } },
      schema: {
        operationId: 'ready',
        tags: ['health'],
        summary: 'Returns whether the API can answer: the store is reachable',
        description:
          'The answer also reports Temporal, which the API does not need: messages to it are kept until it is reachable again.',
        security: [],
        response: {
          200: {
            description: 'Ready.',
            content: {
              'application/json': {
                schema: Named('Ready', {
                  status: Type.Literal('ready'),
                  checks: Named('ReadyChecks', {
                    store: Reachable,
                    temporal: Reachable,
                    status_listener: oneOf(['up', 'down']),
                  }),
                  details: Type.Array(Type.String(), {
                    description: 'What is wrong, in words, each with the next step.',
                  }),
                }),
              },
            },
          },
          ...problems(503),
        },
      },
    },
    async () => {
      const { store, temporal } = app.watches;
      const [storeTrouble, temporalTrouble] = await Promise.all([
        troubleOf(store, app.clock),
        troubleOf(temporal, app.clock),
      ]);
      const checks = {
        store: word(storeTrouble),
        temporal: word(temporalTrouble),
        status_listener: app.storeListener.up ? ('up' as const) : ('down' as const),
      };
      if (storeTrouble !== undefined) {
        throw new Problem('unavailable', storeTrouble, {
          headers: { 'retry-after': '5' },
          checks,
          isLogged: true,
        });
      }
      return {
        status: 'ready' as const,
        checks,
        details: [temporalTrouble, app.storeListener.reason].filter((each) => each !== undefined),
      };
    },
  );
};

function word(trouble: string | undefined): 'reachable' | 'unreachable' {
  return trouble === undefined ? 'reachable' : 'unreachable';
}

/** What is wrong, in words; undefined if nothing is. */
async function troubleOf(watch: HealthWatch, clock: Clock): Promise<string | undefined> {
  const answer = watch.latestProblem(FRESH_MS).then((trouble) => trouble?.message);
  return within(clock, LONGEST_WAIT_MS, answer, 'No answer yet.');
}
