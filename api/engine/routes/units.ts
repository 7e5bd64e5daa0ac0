import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import type { RunningWork } from '../live/running-work.js';
import { timelineOf } from '../operations/pages/timeline.js';
import { unitsOf } from '../operations/units.js';
import { MigrationParameter } from '../schemas/kinds.js';
import { TimelineQuery, TimelineView, UnitsView } from '../schemas/overview.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

interface Options {
  readonly store: Store;
  readonly kinds: KnownKinds;
  readonly work: RunningWork;
}

/** The parts of a migration, and its events. */
export const kindUnits: FastifyPluginAsyncTypebox<Options> = async (app, { store, kinds, work }) => {
  app.get(
    '/migrations/:key/units',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listKindUnits',
        tags: ['operators'],
        summary: "Lists a migration's units with their phases and parts",
        params: MigrationParameter,
        response: {
          200: { description: 'The units.', content: { 'application/json': { schema: UnitsView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { kind, key } }) => ({ units: await unitsOf(store, work, kinds.of(kind).kind, key) }),
  );

  app.get(
    '/migrations/:key/timeline',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listKindTimeline',
        tags: ['operators'],
        summary: 'Lists what happened to a migration, newest first',
        description: 'Of failures, only open ones; the list of failures has their next steps.',
        params: MigrationParameter,
        querystring: TimelineQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: TimelineView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { kind, key }, query }) => {
      const { page, next_cursor } = await timelineOf(store, kinds.of(kind).kind, key, query);
      return { events: page.map(({ id: _id, ...event }) => event), next_cursor };
    },
  );
};
