import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';
import { PORTING_STATUSES } from '../../../domain/conversations/porting.js';
import { AccountStatusWord, BrandStatusWord, ChannelStatusWord } from './accounts.js';
import { FailureReason, Named, NextCursor, PageQuery, Strict, Time, oneOf } from '../../schemas/common.js';
import { SearchText, Steered } from '../../engine/schemas/kinds.js';
import { FollowingView } from './following.js';
import { VerificationView } from './verification.js';

function Nullable<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

const Count = Type.Integer({ minimum: 0 });

const Progress = Named('Progress', {
  planned: Type.Integer({
    minimum: 0,
    description: 'The estimated number. While `planned_high` is null it is only the number known so far.',
  }),
  planned_low: Type.Integer({ minimum: 0, description: 'The lower bound.' }),
  planned_high: Nullable(Type.Integer({ minimum: 0 }), {
    description:
      'The upper bound, estimated from samples; null while it is unknown. Equals `planned_low` once everything is read.',
  }),
  done: Type.Integer({
    minimum: 0,
    description: 'The number that was read and either written or quarantined.',
  }),
  quarantined: Count,
});

const CheckView = Named('PhaseCheck', {
  read: Type.Integer({ minimum: 0, description: 'Messages that the source gave, copies included.' }),
  held: Type.Integer({ minimum: 0, description: 'Messages that the store holds.' }),
  quarantined: Count,
  superseded: Type.Integer({
    minimum: 0,
    description: 'Copies of a message of which the store holds another copy.',
  }),
  threads_read: Type.Integer({ minimum: 0, description: 'Source threads.' }),
  threads_held: Type.Integer({ minimum: 0, description: 'Threads in the store, after merging.' }),
  source_digest: Type.String({ description: 'Sum of the digests of what was read.' }),
  store_digest: Type.String({ description: 'Sum of the digests of what the store holds.' }),
});

const HeldBackView = Named('HeldBack', {
  since: Time,
  reason: oneOf(['commit-latency', 'replica-lag']),
  measured: Type.Number({ description: 'Milliseconds of a commit, or seconds of replica lag.' }),
  budget: Type.Number({ description: 'The limit, in the unit of `measured`.' }),
  share: Type.Number({ description: 'The share of the possible write rate that is used, 0 to 1.' }),
});

/** The steps of a phase. */
export const PHASE_STEPS = ['reading', 'checking', 'done'] as const;

const PhaseView = Named('MigrationPhase', {
  phase: Type.String({ examples: ['recent', 'remaining'] }),
  step: oneOf(PHASE_STEPS, {
    description: '`checking`: everything is read; threads are settled and both sides are compared.',
  }),
  planned_at: Time,
  completed_at: Nullable(Time, {
    description: 'When the store was found equal to the source.',
  }),
  threads: Progress,
  messages: Progress,
  held_back: Nullable(HeldBackView, {
    description: 'Why writing is throttled to protect the users of the store; null while it is not.',
  }),
  check: Nullable(CheckView, { description: 'The comparison; null before the phase is complete.' }),
});

const ChannelView = Named('MigrationChannel', {
  channel_id: Type.String(),
  type: Type.String(),
  name: Nullable(Type.String()),
  phone_number: Nullable(Type.String()),
  migration_status: ChannelStatusWord,
  failure: Nullable(FailureReason),
});

const BrandView = Named('MigrationBrand', {
  brand_id: Type.String(),
  name: Type.String(),
  migration_status: BrandStatusWord,
  failure: Nullable(FailureReason),
  phases: Type.Array(PhaseView),
  channels: Type.Array(ChannelView),
});

const PortView = Named('Port', {
  channel_id: Type.String({
    description: 'The leading channel of the number; others with the same number follow it.',
  }),
  phone_number: Type.String(),
  port_order_id: Nullable(Type.String()),
  status: oneOf(PORTING_STATUSES),
  reason: Nullable(Type.String({ description: "The carrier's own words." })),
  since: Time,
});

const TIME_LEFT = {
  seconds_left: Nullable(Type.Integer(), {
    description:
      'Estimated from the current rate; null while there is no rate, or while the rest is unknown.',
  }),
  seconds_left_low: Nullable(Type.Integer(), { description: 'Estimated for `planned_low`.' }),
  seconds_left_high: Nullable(Type.Integer(), { description: 'Estimated for `planned_high`.' }),
};

const RetriedView = Named('RetriedWork', {
  what: Type.String({ examples: ['importing recent messages of brand br_1'] }),
  brand_id: Nullable(Type.String(), {
    description: 'Null if it is not about a brand, or is about a channel.',
  }),
  channel_id: Nullable(Type.String()),
  tasks: Type.Integer({ minimum: 1, description: 'The number of lanes or ports that fail in the same way.' }),
  type: Type.String(),
  message: Type.String({ description: 'Why the latest attempt failed.' }),
  attempt: Type.Integer({ minimum: 1, description: 'The latest attempt that failed.' }),
  since: Time,
  next_try_at: Nullable(Time, { description: 'Null while an attempt runs.' }),
});

export const MIGRATION_PHASES = ['waiting', 'preparing', 'recent', 'remaining', 'done'] as const;

export const MigrationView = Named(
  'Migration',
  {
    account_id: Type.String(),
    name: Type.String(),
    migration_status: AccountStatusWord,
    phase: oneOf(MIGRATION_PHASES, {
      description: 'The current phase, also while the migration is paused or has failed.',
    }),
    changed_at: Nullable(Time),
    started_at: Nullable(Time, { description: 'The first start.' }),
    recent_since: Nullable(Time, { description: "Messages since this time are 'recent'." }),
    paused: Nullable(Steered),
    cancelled: Nullable(Steered),
    failure: Nullable(FailureReason, { description: 'Why the account itself cannot be migrated.' }),
    threads: Progress,
    messages: Progress,
    rate_per_second: Nullable(Type.Number(), {
      description: 'Messages a second; null while nothing is imported.',
    }),
    ...TIME_LEFT,
    retrying: Type.Array(RetriedView, {
      description:
        'What has failed and is retried without further action, the longest first; at most 20. None of it is a failure yet.',
    }),
    brands: Type.Array(BrandView),
    ports: Type.Array(PortView),
    attachments: Named('MigrationAttachments', {
      stored: Type.Integer({ minimum: 0, description: 'Approximate.' }),
      waiting: Count,
      failed: Count,
      planned: Type.Integer({
        minimum: 0,
        description:
          'The estimated number; while messages are still being read, it is estimated from those that are read.',
      }),
      planned_low: Count,
      planned_high: Nullable(Count, { description: 'Null while it is unknown.' }),
      rate_per_second: Nullable(Type.Number()),
      ...TIME_LEFT,
      failures: Type.Array(
        Named('FailedAttachment', {
          message_id: Type.String(),
          attachment_id: Type.String(),
          error: Type.String(),
          since: Time,
          tries: Count,
          next_step: Type.String(),
        }),
        { description: 'The first 20.' },
      ),
    }),
    quarantined: Named('MigrationQuarantine', {
      threads: Count,
      messages: Count,
      waived: Type.Integer({
        minimum: 0,
        description: 'The number of these that are waived, and so need no person.',
      }),
      records: Type.Array(
        Named('QuarantinedSummary', {
          source_table: Type.String(),
          source_id: Nullable(Type.String()),
          reason: Type.String(),
          at: Time,
        }),
        { description: 'The first 20.' },
      ),
    }),
    following: FollowingView,
    verification: Nullable(VerificationView, { description: 'The latest; null before the first.' }),
    unequal_verification: Nullable(VerificationView, {
      description:
        'An earlier verification that found differences, if no later one has ended equal; else null.',
    }),
    messages_to_temporal: Type.Integer({
      minimum: 0,
      description: 'Messages that are not yet delivered to Temporal.',
    }),
    messages_refused: Type.Array(
      Named('RefusedMessage', {
        workflow_id: Type.String(),
        kind: Type.String({ examples: ['start', 'pause'] }),
        since: Time,
        reason: Type.String({ description: "Temporal's own words." }),
        next_step: Type.String(),
        command: Type.String({ description: 'The command that sends it again.' }),
      }),
      {
        description:
          'Messages that Temporal has refused for good, and that no later accepted message has replaced.',
      },
    ),
    links: Named('MigrationLinks', {
      temporal: Nullable(Type.String(), { description: "The workflow in Temporal's Web UI." }),
    }),
  },
  { description: 'Everything about one migration.' },
);
export type MigrationView = Static<typeof MigrationView>;

/** One event of the stream. */
export const MigrationEvent = Named('MigrationEvent', {
  event: Type.Literal('migration'),
  data: Type.String({ contentMediaType: 'application/json', contentSchema: MigrationView }),
});

export const MigrationsQuery = Strict({
  status: Type.Optional(AccountStatusWord),
  q: Type.Optional(SearchText),
  ...PageQuery,
});

export const MigrationsPage = Named('MigrationsPage', {
  migrations: Type.Array(
    Named('MigrationSummary', {
      account_id: Type.String(),
      name: Type.String(),
      migration_status: AccountStatusWord,
      changed_at: Time,
      started_at: Nullable(Time),
      paused: Nullable(Steered),
      cancelled: Nullable(Steered),
    }),
  ),
  next_cursor: NextCursor,
});
