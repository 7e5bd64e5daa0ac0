import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServedKind } from '../../engine/known-kinds.js';
import type { Explainer } from '../../engine/operations/explain/explain.js';
import { explanationView } from '../../engine/operations/explain/view.js';
import { EXPLAINS } from '../../engine/routes/explain.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';

export const explanations: FastifyPluginAsyncTypebox<{
  readonly served: ServedKind;
  readonly explainer: Explainer;
}> = async (app, { served, explainer }) => {
  app.get(
    '/migrations/:account_id/explain',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'explainMigration',
        tags: ['operators'],
        params: AccountIdParameter,
        ...EXPLAINS,
      },
    },
    async ({ params }) => explanationView(await explainer(served.kind, params.account_id)),
  );
};
