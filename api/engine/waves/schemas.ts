import { Type } from 'typebox';
import { DEFAULT_KIND } from '../../../domain/kinds.js';
import { MEMBER_STATES, WAVE_STATES } from '../../../domain/engine/waves/rules.js';
import { Named, NextCursor, oneOf, PageQuery, StorableText, Strict, Time } from '../../schemas/common.js';

export const MOST_MEMBERS = 50_000;
const Count = Type.Integer({ minimum: 0 });
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const MaybeTime = Type.Union([Time, Type.Null()]);

export const WaveParameter = Strict({
  wave_id: Type.String({ pattern: '^[1-9][0-9]{0,17}$', examples: ['7'] }),
});

export const WaveBody = Named(
  'NewWave',
  {
    key: StorableText({
      maxLength: 200,
      description: 'Chosen by the caller; a repeated key finds the existing wave.',
      examples: ['march-2026'],
    }),
    kind: Type.Optional(Type.String({ description: `Default: ${DEFAULT_KIND}.` })),
    keys: Type.Optional(
      Type.Array(StorableText({ maxLength: 1_024 }), {
        minItems: 1,
        maxItems: MOST_MEMBERS,
        uniqueItems: true,
        description: 'What to start, in this order; accounts by their ids.',
      }),
    ),
    all: Type.Optional(
      Strict({
        status: Type.String({
          description:
            'All migrations with this status, oldest first, except those of open waves and paused or cancelled ones.',
        }),
      }),
    ),
    at_once: Type.Integer({ minimum: 1, maximum: 1_000, description: 'How many may run at once.' }),
    window: Type.Optional(
      Type.String({
        maxLength: 100,
        description:
          'The hours in which migrations may be started, in local time of a time zone; default: always.',
        examples: ['22:00–06:00 Europe/Berlin'],
      }),
    ),
    stop_percent: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100,
        description:
          'Stops when more than this share of those that ended has failed; the first 20 count as if all had ended. Default: never.',
      }),
    ),
  },
  { description: 'Either `keys` or `all`.' },
);

export const WithMembersBody = Named('WaveSteering', {
  members: Type.Optional(
    Type.Boolean({
      description: 'Also pause or resume each running migration of the wave. Default: false.',
    }),
  ),
});

const COUNTS = Named('WaveCounts', {
  total: Count,
  ...(Object.fromEntries(MEMBER_STATES.map((state) => [state, Count])) as Record<
    (typeof MEMBER_STATES)[number],
    typeof Count
  >),
});

const WAVE = {
  id: Type.String(),
  key: Type.String(),
  kind: Type.String(),
  state: oneOf(WAVE_STATES, { description: '`stopped`: too many have failed; a resume continues.' }),
  state_by: Type.Union([Type.String(), Type.Null()], { description: 'Null if no person did it.' }),
  state_since: Time,
  waiting: Type.Union([Type.String(), Type.Null()], {
    description: 'Why no member is being started, as a sentence; null if one is, or none is left.',
  }),
  window: MaybeText,
  opens_at: Type.Union([Time, Type.Null()], { description: 'Set while the wave waits for its window.' }),
  at_once: Type.Integer({ minimum: 1 }),
  stop_percent: Type.Union([Type.Number(), Type.Null()]),
  counts: COUNTS,
  created_by: Type.String(),
  created_at: Time,
};

export const WaveView = Named('Wave', WAVE, {
  description: 'Many migrations that are started a few at a time.',
});

const Members = Type.Array(
  Named('WaveMember', {
    key: Type.String(),
    state: oneOf(MEMBER_STATES),
    position: Type.Integer({ minimum: 1, description: 'In the order of the starts.' }),
    status: Type.Union([Type.String(), Type.Null()], { description: 'Of its migration.' }),
    started_at: MaybeTime,
    ended_at: MaybeTime,
    failure: Type.Union(
      [
        Named('WaveRefusal', { type: Type.String(), message: Type.String(), next_step: Type.String() }),
        Type.Null(),
      ],
      { description: 'Why its start was refused, or could not be prepared last time while it waits.' },
    ),
  }),
);

export const WaveWithMembers = Named('WaveWithMembers', {
  ...WAVE,
  members: Type.Array(Members.items, {
    description: 'Those that run and those that have failed or were refused; the first hundred.',
  }),
});

export const MembersQuery = Strict({
  ...PageQuery,
  state: Type.Optional(oneOf(MEMBER_STATES)),
});

export const MemberList = Named('WaveMembers', { members: Members, next_cursor: NextCursor });

export const WaveList = Named('Waves', { waves: Type.Array(WaveView), next_cursor: NextCursor });
