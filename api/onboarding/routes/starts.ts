import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { askerOf } from '../../engine/operations/asker.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { OPERATORS } from '../../roles.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';
import { type Selection, hasEnded, start } from '../operations/start.js';
import { migrationView } from '../operations/view.js';
import {
  LONG_BODY,
  MigrateBody,
  MigrationView,
  RollbackBody,
  StartedMigration,
  WaitQuery,
} from '../schemas/migrations.js';
import type { OnboardingRouteOptions } from './options.js';

const COMMON = { config: { access: OPERATORS, rateLimit: {} }, bodyLimit: LONG_BODY };
const RESPONSE = {
  200: {
    description: 'It ended while this call waited for it.',
    content: { 'application/json': { schema: MigrationView } },
  },
  202: {
    description: 'Accepted; the work continues in the background.',
    content: { 'application/json': { schema: StartedMigration } },
  },
  ...problems(...GUARDED_BODY),
};

/** Starts migrations and rollbacks of many users. */
export const onboardingStarts: FastifyPluginAsyncTypebox<OnboardingRouteOptions> = async (
  app,
  { store, stores },
) => {
  const begin = async (selection: Selection, wait: number, asker: ReturnType<typeof askerOf>) => {
    const started = await start(store, stores, selection, asker);
    await app.delivery.soon(DELIVERY_WAIT_MS);
    const isOver = wait > 0 && (await hasEnded(store, app.clock, started.migration_id, wait * 1_000));
    return { started, view: isOver ? await migrationView(store, started.migration_id) : undefined };
  };

  app.post(
    '/migrate',
    {
      ...COMMON,
      schema: {
        operationId: 'startOnboarding',
        tags: ['onboarding'],
        summary: 'Migrates users from legacy columns to sessions',
        querystring: WaitQuery,
        body: MigrateBody,
        response: RESPONSE,
      },
    },
    async (request, reply) => {
      const { user_ids: userIds, batch_size: batchSize, dry_run: dryRun } = request.body;
      const selection: Selection = {
        action: 'migrate',
        ...(userIds && { userIds }),
        ...(batchSize !== undefined && { batchSize }),
        ...(dryRun !== undefined && { dryRun }),
      };
      const { started, view } = await begin(selection, request.query.wait ?? 0, askerOf(request));
      return view === undefined ? reply.code(202).send(started) : reply.code(200).send(view);
    },
  );

  app.post(
    '/rollback',
    {
      ...COMMON,
      schema: {
        operationId: 'rollBackOnboarding',
        tags: ['onboarding'],
        summary: 'Rolls migrated users back to their legacy columns',
        querystring: WaitQuery,
        body: RollbackBody,
        response: RESPONSE,
      },
    },
    async (request, reply) => {
      const { user_ids: userIds, force = false } = request.body;
      const { started, view } = await begin(
        { action: 'rollback', userIds, force },
        request.query.wait ?? 0,
        askerOf(request),
      );
      return view === undefined ? reply.code(202).send(started) : reply.code(200).send(view);
    },
  );
};
