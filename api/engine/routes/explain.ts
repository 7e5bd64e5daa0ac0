import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import type { Explainer } from '../operations/explain/explain.js';
import { explanationView } from '../operations/explain/view.js';
import { ExplanationView } from '../schemas/explain.js';
import { MigrationParameter } from '../schemas/kinds.js';

/** What every route that explains shares. */
export const EXPLAINS = {
  summary: 'Says in one sentence why a migration waits, with the facts behind it',
  description:
    'Derived from the store and from Temporal. Without Temporal the store answers, and `facts.temporal` says so. It costs no billed action.',
  response: {
    200: { description: 'The explanation.', content: { 'application/json': { schema: ExplanationView } } },
    ...problems(...GUARDED),
  },
} as const;

export const kindExplanations: FastifyPluginAsyncTypebox<{
  readonly kinds: KnownKinds;
  readonly explainer: Explainer;
}> = async (app, { kinds, explainer }) => {
  app.get(
    '/migrations/:key/explain',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'explainKindMigration',
        tags: ['operators'],
        params: MigrationParameter,
        ...EXPLAINS,
      },
    },
    async ({ params }) => explanationView(await explainer(kinds.of(params.kind).kind, params.key)),
  );
};
