import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { openStream, sendStream } from '../../engine/operations/streams/event-stream.js';
import { teller } from '../../engine/operations/streams/stream.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { progressView } from '../operations/view.js';
import { ProgressView } from '../schemas/migrations.js';
import type { OnboardingRouteOptions } from './options.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };
const EVERY_MS = 1_000;

export const onboardingProgress: FastifyPluginAsyncTypebox<OnboardingRouteOptions> = async (
  app,
  { store },
) => {
  app.get(
    '/progress',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getOnboardingProgress',
        tags: ['onboarding'],
        summary: 'Returns the progress of the running migrations',
        response: {
          200: { description: 'The migrations.', content: { 'application/json': { schema: ProgressView } } },
          ...problems(...GUARDED),
        },
      },
    },
    () => progressView(store),
  );

  app.get(
    '/progress/events',
    {
      ...OPERATORS_ONLY,
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchOnboardingProgress',
        tags: ['onboarding'],
        summary: 'Streams the progress of the running migrations',
        description:
          'Server-Sent Events named `progress`; `data` is the JSON of the answer of `GET …/progress`.',
        response: {
          200: {
            description: 'A stream that ends when the token expires or the server stops.',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) => {
      const read = async () => JSON.stringify(await progressView(store));
      let latest = await read();
      const stream = openStream(request);
      const tell = teller(stream, 'progress');
      tell(latest);
      const look = (): void => {
        void read().then(
          (now) => {
            if (now !== latest) tell((latest = now));
          },
          () => undefined,
        );
      };
      stream.once('close', app.clock.every(EVERY_MS, look));
      return sendStream(stream, reply);
    },
  );
};
