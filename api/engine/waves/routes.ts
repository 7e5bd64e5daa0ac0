import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { listMembers, listWaves, readWave } from '../../../gateways/store/waves/read.js';
import { readCursor } from '../../http/cursors.js';
import { pageOf } from '../../http/pages.js';
import { refuseBody } from '../../plugins/bodies.js';
import { OPERATORS } from '../../roles.js';
import { DEFAULT_LIMIT, PageQuery, Strict } from '../../schemas/common.js';
import { GUARDED, GUARDED_BODY, problems } from '../../schemas/problem.js';
import { askerOf } from '../operations/asker.js';
import {
  create,
  memberView,
  steer,
  steerMembers,
  unknownWave,
  WAVE_STEERINGS,
  type WavesWorld,
  waveView,
} from './operations.js';
import {
  MemberList,
  MembersQuery,
  WaveBody,
  WaveList,
  WaveParameter,
  WaveView,
  WaveWithMembers,
  WithMembersBody,
} from './schemas.js';

/** Fifty thousand ids. */
const BODY_LIMIT = 4 * 1_024 * 1_024;
const SHOWN_MEMBERS = 100;

const SUMMARIES = {
  pause: 'Pauses a wave: no further member is started; running ones continue, or are paused with `members`',
  resume: 'Resumes a wave that is paused or has stopped; earlier failures no longer count',
  cancel: 'Cancels a wave: waiting members are not started, and running ones continue',
};

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export const waves: FastifyPluginAsyncTypebox<Omit<WavesWorld, 'clock'>> = async (app, options) => {
  const world: WavesWorld = { ...options, clock: app.clock };
  const { pool } = world.store;
  const viewOf = async (id: string) => {
    const found = await readWave(pool, id);
    if (found === undefined) throw unknownWave();
    return waveView(found, app.clock);
  };

  app.post(
    '/waves',
    {
      ...OPERATORS_ONLY,
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'createWave',
        tags: ['operators'],
        summary: 'Starts many migrations, a few at a time',
        description:
          'The API starts the next member when one has ended, within the window, until all have ended or too many have failed. Idempotent by `key`: 200 ' +
          'with the existing wave. 409 if another wave has the key, or an open wave has one of the members. The body may have 4 MB.',
        body: WaveBody,
        response: {
          200: { description: 'The existing wave.', content: { 'application/json': { schema: WaveView } } },
          201: { description: 'Created.', content: { 'application/json': { schema: WaveView } } },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const { id, isNew } = await create(world, request.body, askerOf(request));
      app.wakeWaves();
      return reply.code(isNew ? 201 : 200).send(await viewOf(id));
    },
  );

  app.get(
    '/waves',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listWaves',
        tags: ['operators'],
        summary: 'Lists waves, the newest first',
        querystring: Strict(PageQuery),
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: WaveList } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { cursor, limit = DEFAULT_LIMIT } }) => {
      const [before] = cursor === undefined ? [] : readCursor(cursor, [/^\d{1,18}$/]);
      const found = await listWaves(pool, { before, limit: limit + 1 });
      const { page, next_cursor } = pageOf(found, limit, ({ wave }) => [wave.id]);
      return { waves: page.map((each) => waveView(each, app.clock)), next_cursor };
    },
  );

  app.get(
    '/waves/:wave_id',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getWave',
        tags: ['operators'],
        summary: 'Returns a wave, with the members that run or have failed',
        params: WaveParameter,
        response: {
          200: { description: 'The wave.', content: { 'application/json': { schema: WaveWithMembers } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { wave_id: id } }) => {
      const view = await viewOf(id);
      const members = await listMembers(pool, id, {
        states: ['running', 'failed', 'refused'],
        limit: SHOWN_MEMBERS,
      });
      return { ...view, members: members.map(memberView) };
    },
  );

  app.get(
    '/waves/:wave_id/members',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'listWaveMembers',
        tags: ['operators'],
        summary: 'Lists the members of a wave in the order of their starts',
        params: WaveParameter,
        querystring: MembersQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: MemberList } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { wave_id: id }, query: { state, cursor, limit = DEFAULT_LIMIT } }) => {
      if ((await readWave(pool, id)) === undefined) throw unknownWave();
      const [after] = cursor === undefined ? [] : readCursor(cursor, [/^\d{1,9}$/]);
      const found = await listMembers(pool, id, {
        ...(state !== undefined && { states: [state] }),
        ...(after !== undefined && { after: Number(after) }),
        limit: limit + 1,
      });
      const { page, next_cursor } = pageOf(found, limit, ({ position }) => [String(position)]);
      return { members: page.map(memberView), next_cursor };
    },
  );

  for (const action of WAVE_STEERINGS) {
    app.post(
      `/waves/:wave_id/${action}`,
      {
        ...OPERATORS_ONLY,
        ...(action === 'cancel' && { preValidation: refuseBody }),
        schema: {
          operationId: `${action}Wave`,
          tags: ['operators'],
          summary: SUMMARIES[action],
          description: 'Idempotent. 409 once the wave has ended.',
          params: WaveParameter,
          ...(action !== 'cancel' && { body: WithMembersBody }),
          response: {
            200: { description: 'As it is now.', content: { 'application/json': { schema: WaveView } } },
            ...problems(...GUARDED_BODY, 409),
          },
        },
      },
      async (request) => {
        const id = request.params.wave_id;
        const asker = askerOf(request);
        await steer(world, id, action, asker);
        const body = request.body as Static<typeof WithMembersBody> | undefined;
        if (action !== 'cancel' && body?.members === true) await steerMembers(world, id, action, asker);
        app.wakeWaves();
        app.delivery.wake();
        return viewOf(id);
      },
    );
  }
};
