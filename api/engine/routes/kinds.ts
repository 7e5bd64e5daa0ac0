import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { TemporalClient } from '../../../gateways/temporal/client.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import type { Explainer } from '../operations/explain/explain.js';
import type { RunningWork } from '../live/running-work.js';
import { steeringsOf } from '../operations/lacks.js';
import { KindsView } from '../schemas/kinds.js';
import { kindAudit } from './audit.js';
import { kindCertificates } from './certificates.js';
import { kindExplanations } from './explain.js';
import { kindFailures } from './failures.js';
import { kindMigrations } from './migrations.js';
import { kindPreflights } from './preflight.js';
import { kindSteering } from './steering.js';
import { kindUnits } from './units.js';

interface KindRoutes {
  readonly store: Store;
  readonly kinds: KnownKinds;
  readonly explainer: Explainer;
  readonly temporal: Pick<TemporalClient, 'preflight'>;
  readonly work: RunningWork;
  /** Temporal's Web UI. */
  readonly temporalUiUrl: string | undefined;
}

/** Registers every call about a kind of migration; under `/v2`, behind `auth`. */
export async function kindRoutes(
  app: FastifyInstance,
  { store, kinds, explainer, temporal, work, temporalUiUrl }: KindRoutes,
): Promise<void> {
  await app.register(kindsList, { kinds, temporalUiUrl });
  await app.register(
    async (migrations) => {
      await migrations.register(kindMigrations, { kinds });
      await migrations.register(kindExplanations, { kinds, explainer });
      await migrations.register(kindPreflights, { kinds, temporal });
      await migrations.register(kindSteering, { store, kinds });
      await migrations.register(kindFailures, { kinds });
      await migrations.register(kindAudit, { store, kinds });
      await migrations.register(kindCertificates, { kinds });
      await migrations.register(kindUnits, { store, kinds, work });
    },
    { prefix: '/kinds/:kind' },
  );
}

const kindsList: FastifyPluginAsyncTypebox<Pick<KindRoutes, 'kinds' | 'temporalUiUrl'>> = async (
  app,
  { kinds, temporalUiUrl },
) => {
  app.get(
    '/kinds',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listKinds',
        tags: ['operators'],
        summary: 'Lists the kinds of migration that are on',
        response: {
          200: { description: 'The kinds.', content: { 'application/json': { schema: KindsView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async () => ({
      kinds: kinds.all.map((kind) => ({
        kind: kind.name,
        name: kind.title,
        units: kind.units,
        phases: [...kind.phases],
        statuses: [...kind.statuses],
        steerings: steeringsOf(kind),
        preflight: kind.hasPreflight === true,
        waves: kind.starting !== undefined,
        links: { temporal: temporalUiUrl ?? null },
      })),
    }),
  );
};
