import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import { askPreflight } from '../operations/preflight.js';
import { MigrationParameter } from '../schemas/kinds.js';
import { PreflightView } from '../schemas/preflight.js';

/** What every route of a preflight shares. */
export const FORESEES = {
  summary: 'Says what a start would do, without writing anything',
  description:
    'A worker asks the source, reads some of its records (at most some dozen pages, one after the other, for some 15 seconds) and maps them as the ' +
    'migration would. The answer separates counts from estimates, and `unchecked` names what was not checked. It costs a few Temporal ' +
    'actions; calls at the same time share one. 404 if the source does not know it, or the kind has no preflight; 503 while no worker answers.',
  response: {
    200: {
      description: 'What a start would do.',
      content: { 'application/json': { schema: PreflightView } },
    },
    ...problems(...GUARDED),
  },
} as const;

export const kindPreflights: FastifyPluginAsyncTypebox<{
  readonly kinds: KnownKinds;
  readonly temporal: Pick<TemporalClient, 'preflight'>;
}> = async (app, { kinds, temporal }) => {
  app.get(
    '/migrations/:key/preflight',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'preflightKindMigration',
        tags: ['operators'],
        params: MigrationParameter,
        ...FORESEES,
      },
    },
    async ({ params }) => askPreflight(temporal, kinds.of(params.kind).kind, params.key),
  );
};
