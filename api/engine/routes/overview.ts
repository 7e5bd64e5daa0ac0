import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { migrationKey } from '../../../domain/engine/migration-ref.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import type { ListWatch } from '../live/list-watch.js';
import { IDLE, type MigrationPace, type RunningWork } from '../live/running-work.js';
import { SharedReads } from '../live/shared-reads.js';
import type { Summaries } from '../live/summary.js';
import { allMigrationsPage, type KindRow, migrationRow } from '../operations/pages/all-migrations.js';
import { listedRow } from '../operations/pages/list.js';
import { streamList } from '../operations/streams/stream-list.js';
import { MigrationParameter } from '../schemas/kinds.js';
import {
  AllMigrationsPage,
  AllMigrationsQuery,
  ListedMigrationView,
  ListEventView,
  SummaryView,
} from '../schemas/overview.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export interface OverviewOptions {
  readonly kinds: KnownKinds;
  readonly work: RunningWork;
  readonly summaries: Summaries;
  readonly watch: ListWatch;
}

/** The migrations of all kinds together. */
export const overview: FastifyPluginAsyncTypebox<OverviewOptions> = async (
  app,
  { kinds, work, summaries, watch },
) => {
  const pages = new SharedReads<Static<typeof AllMigrationsPage>>();
  app.get(
    '/all-migrations',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listAllMigrations',
        tags: ['operators'],
        summary: 'Lists the migrations of all kinds, the latest change first',
        description:
          'With `phase` or `needs_attention` a page may be shorter than its limit, or empty, although another follows: continue until ' +
          '`next_cursor` is null.',
        querystring: AllMigrationsQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: AllMigrationsPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    ({ query: { kind, ...query } }) => {
      const asked = kind === undefined ? kinds.all : [kinds.of(kind).kind];
      return pages.get(JSON.stringify({ kind, ...query }), async () => {
        const [{ page, next_cursor }, paces] = await Promise.all([
          allMigrationsPage(asked, query),
          work.look(),
        ]);
        return { migrations: page.map((row) => rowView(row, paces)), next_cursor };
      });
    },
  );

  app.get(
    '/kinds/:kind/migrations/:key/row',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getKindMigrationRow',
        tags: ['operators'],
        summary: 'Returns one migration as lists show it',
        params: MigrationParameter,
        response: {
          200: { description: 'The row.', content: { 'application/json': { schema: ListedMigrationView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { kind, key } }) => {
      const [row, paces] = await Promise.all([migrationRow(kinds.of(kind).kind, key), work.look()]);
      return rowView(row, paces);
    },
  );

  app.get(
    '/summary',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getSummary',
        tags: ['operators'],
        summary: 'Sums up the migrations of all kinds',
        response: {
          200: { description: 'The summary.', content: { 'application/json': { schema: SummaryView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async () => {
      const { by_status, ...summary } = await summaries.read();
      return { ...summary, by_status: [...by_status] };
    },
  );

  app.get(
    '/events',
    {
      ...OPERATORS_ONLY,
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchMigrations',
        tags: ['operators'],
        summary: 'Streams what changes in the migrations of all kinds',
        description:
          'Server-Sent Events. `summary` is sent at once and whenever it changes, at most every two seconds; `changed` at most once a second for ' +
          'a migration. With `Last-Event-ID`, what has changed since then follows the first summary.',
        response: {
          200: {
            description: 'A stream that ends when the token expires, the session ends or the server stops.',
            content: { 'text/event-stream': { schema: ListEventView } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async (request, reply) => streamList(request, reply, watch),
  );
};

function rowView(row: KindRow, paces: ReadonlyMap<string, MigrationPace>) {
  const { rate, secondsLeft } = paces.get(migrationKey({ kind: row.kind, subject: row.key })) ?? IDLE;
  return { ...listedRow(row.kind, row), rate, seconds_left: secondsLeft };
}
