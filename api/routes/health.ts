import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Store } from '../../gateways/store/connect.js';
import { readStatusDocuments } from '../../gateways/store/status-documents.js';
import type { TemporalClient } from '../../gateways/temporal/client.js';
import { Problem } from '../problems.js';
import { Named, oneOf } from '../schemas/common.js';
import { problems } from '../schemas/problem.js';

const TEMPORAL_TIMEOUT_MS = 1_000;
const LONGEST_WAIT_MS = 2_000;

const Reachable = oneOf(['reachable', 'unreachable']);

export const health: FastifyPluginAsyncTypebox<{ store: Store; temporal: TemporalClient }> = async (
  app,
  { store, temporal },
) => {
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
                }),
              },
            },
          },
          ...problems(503),
        },
      },
    },
    async () => {
      const [storeAnswers, temporalAnswers] = await Promise.all([
        answers(readStatusDocuments(store.pool, [])),
        answers(temporal.ping(TEMPORAL_TIMEOUT_MS)),
      ]);
      const checks = {
        store: word(storeAnswers),
        temporal: word(temporalAnswers),
        status_listener: app.storeListener.up ? ('up' as const) : ('down' as const),
      };
      if (!storeAnswers) {
        throw new Problem('unavailable', 'The store cannot be reached.', {
          headers: { 'retry-after': '5' },
          checks,
        });
      }
      return { status: 'ready' as const, checks };
    },
  );
};

function word(reachable: boolean): 'reachable' | 'unreachable' {
  return reachable ? 'reachable' : 'unreachable';
}

/** Whoever asks whether it is ready does not wait for long to hear that it is not. */
async function answers(question: Promise<unknown>): Promise<boolean> {
  const answer = question.then(
    () => true,
    () => false,
  );
  return Promise.race([answer, sleep(LONGEST_WAIT_MS, false, { ref: false })]);
}
