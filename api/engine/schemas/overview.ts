import { Type } from 'typebox';
import { Named, NextCursor, PageQuery, Strict, Time, oneOf } from '../../schemas/common.js';
import { TIMELINE_TYPES } from '../kind.js';
import { KIND, MIGRATION_ROW, SearchText } from './kinds.js';

const Count = Type.Integer({ minimum: 0 });

export const SecondsLeft = Type.Union(
  [
    Named('SecondsLeft', {
      from: Type.Integer({ minimum: 1 }),
      to: Type.Integer({ minimum: 1 }),
    }),
    Type.Null(),
  ],
  { description: 'From the observed rate and the bounds of the remaining records; null while unknown.' },
);
const Rate = Type.Number({ minimum: 0, description: 'Records a second; 0 while nothing moves.' });

export const AllMigrationsQuery = Strict({
  kind: Type.Optional(KIND),
  status: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: "One of a kind's statuses." }),
  ),
  phase: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Only those that are in this phase.' }),
  ),
  q: Type.Optional(SearchText),
  needs_attention: Type.Optional(
    oneOf(['true', 'false'], { description: 'Only those with failures, or only those without.' }),
  ),
  ...PageQuery,
});

export const ListedMigrationView = Named('ListedMigration', {
  ...MIGRATION_ROW,
  rate: Rate,
  seconds_left: SecondsLeft,
});

export const AllMigrationsPage = Named('AllMigrationsPage', {
  migrations: Type.Array(ListedMigrationView),
  next_cursor: NextCursor,
});

export const SummaryView = Named('Summary', {
  running: Count,
  waiting: Type.Integer({ minimum: 0, description: 'Started, and not yet running.' }),
  failed: Count,
  done_today: Type.Integer({
    minimum: 0,
    description: 'Done, with a last change since midnight UTC.',
  }),
  paused: Type.Integer({
    minimum: 0,
    description: 'Until they are resumed, counted neither as running nor as waiting.',
  }),
  rate: Rate,
  seconds_left: SecondsLeft,
  by_status: Type.Array(Named('StatusCount', { kind: Type.String(), status: Type.String(), count: Count })),
});

const Since = Type.Union([Time, Type.Null()]);

export const UnitsView = Named('MigrationUnits', {
  units: Type.Array(
    Named('MigrationUnit', {
      unit: Type.String(),
      name: Type.String(),
      status: Type.String(),
      since: Since,
      phases: Type.Array(
        Named('UnitPhase', {
          phase: Type.String(),
          status: oneOf(['waiting', 'reading', 'checking', 'done']),
          done: Count,
          planned: Type.Integer({
            minimum: 0,
            description: 'The estimated total; more than `done` until the phase is done.',
          }),
          rate: Rate,
          seconds_left: SecondsLeft,
          quarantined: Count,
        }),
      ),
      failures: Type.Integer({ minimum: 0, description: 'Of the first 1,000 of the migration.' }),
      parts: Type.Array(
        Named('UnitPart', {
          id: Type.String(),
          type: Type.String(),
          name: Type.String(),
          status: Type.String(),
          since: Since,
        }),
      ),
    }),
  ),
});

export const TimelineView = Named('Timeline', {
  events: Type.Array(
    Named('TimelineEvent', {
      at: Time,
      what: Type.String(),
      by: Type.Union([Type.String(), Type.Null()]),
      unit: Type.Union([Type.String(), Type.Null()]),
      detail: Type.Union([Type.String(), Type.Null()]),
      type: oneOf(TIMELINE_TYPES),
    }),
  ),
  next_cursor: NextCursor,
});

export const TimelineQuery = Strict(PageQuery);

/** One event of the stream of all migrations. */
export const ListEventView = Named('ListEvent', {
  id: Type.String({ description: 'Send the last one as `Last-Event-ID` to continue.' }),
  event: oneOf(['changed', 'summary', 'missed'], {
    description:
      '`changed`: `data` is `{"kind","key"}`. `summary`: `data` is the answer of `GET /v2/summary`. `missed`: changes may have been missed; ' +
      'read again what you show.',
  }),
  data: Type.String({ contentMediaType: 'application/json' }),
});
