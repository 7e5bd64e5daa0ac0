import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../domain/engine/clock.js';
import type { HealthWatch } from '../../gateways/health-watch.js';
import { Problem } from '../problems.js';
import { within } from '../within.js';
import { Named, oneOf } from '../schemas/common.js';
import { problems } from '../schemas/problem.js';

/** Whoever asks whether it is ready does not wait for long to hear that it is not. */
const LONGEST_WAIT_MS = 2_000;
/** Asked more often than this it answers what it knows. */
const FRESH_MS = 1_000;

const Reachable = oneOf(['reachable', 'unreachable']);

/** `max`: requests for /readyz in ten seconds from one address. */
export const health: FastifyPluginAsyncTypebox<{ max: number }> = async (app, { max }) => {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'alive',
        tags: ['health'],
        summary: 'Whether the process is alive',
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
        summary: 'Whether it can answer: the store is reachable',
        description:
          'Temporal is told of too, but is not needed to answer: what it must hear is kept until it is there again.',
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
                    description: 'What is not as it should be, in words, with the next step.',
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

/** Undefined where there is none. */
async function troubleOf(watch: HealthWatch, clock: Clock): Promise<string | undefined> {
  const answer = watch.look(FRESH_MS).then((trouble) => trouble?.message);
  return within(clock, LONGEST_WAIT_MS, answer, 'No answer yet.');
}
