import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import type { ServedKind } from '../../engine/known-kinds.js';
import { askPreflight } from '../../engine/operations/preflight.js';
import { FORESEES } from '../../engine/routes/preflight.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';

export const preflights: FastifyPluginAsyncTypebox<{
  readonly served: ServedKind;
  readonly temporal: Pick<TemporalClient, 'preflight'>;
}> = async (app, { served, temporal }) => {
  app.get(
    '/migrations/:account_id/preflight',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'preflightMigration',
        tags: ['operators'],
        params: AccountIdParameter,
        ...FORESEES,
      },
    },
    async ({ params }) => askPreflight(temporal, served.kind, params.account_id),
  );
};
