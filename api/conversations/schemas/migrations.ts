import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';
import { PORTING_STATUSES } from '../../../domain/conversations/porting.js';
import { AccountStatusWord, BrandStatusWord, ChannelStatusWord } from './accounts.js';
import { FailureReason, Named, NextCursor, PageQuery, Strict, Time, oneOf } from '../../schemas/common.js';
import { SearchText, Steered } from '../../engine/schemas/kinds.js';
import { VerificationView } from './verification.js';

function Nullable<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

const Count = Type.Integer({ minimum: 0 });

const Progress = Named('Progress', {
  planned: Type.Integer({
    minimum: 0,
    description: 'About how many there are. While `planned_high` is null it is only what is known of so far.',
  }),
  planned_low: Type.Integer({ minimum: 0, description: 'There are at least so many.' }),
  planned_high: Nullable(Type.Integer({ minimum: 0 }), {
    description:
      'There are about so many at most, estimated from samples; null while nobody knows. The same as `planned_low` once everything was read.',
  }),
  done: Type.Integer({ minimum: 0, description: 'How many were read and either written or quarantined.' }),
  quarantined: Count,
});

const CheckView = Named('PhaseCheck', {
  read: Type.Integer({ minimum: 0, description: 'Messages that the source gave, copies included.' }),
  held: Type.Integer({ minimum: 0, description: 'Messages that the store holds.' }),
  quarantined: Count,
  superseded: Type.Integer({ minimum: 0, description: 'Copies of a message of which another copy stands.' }),
  threads_read: Type.Integer({ minimum: 0, description: 'Source threads.' }),
  threads_held: Type.Integer({ minimum: 0, description: 'Threads in the store, after merging.' }),
  source_digest: Type.String({ description: 'Sum of the digests of what was read.' }),
  store_digest: Type.String({ description: 'The same, computed from what the store holds.' }),
});

const HeldBackView = Named('HeldBack', {
  since: Time,
  reason: oneOf(['commit-latency', 'replica-lag']),
  measured: Type.Number({ description: 'Milliseconds of a commit, or seconds that a replica is behind.' }),
  budget: Type.Number({ description: 'In the same unit.' }),
  share: Type.Number({ description: 'Part of what could be written that is, 0 to 1.' }),
});

/** What a phase is at. */
export const PHASE_STEPS = ['reading', 'checking', 'done'] as const;

const PhaseView = Named('MigrationPhase', {
  phase: Type.String({ examples: ['recent', 'remaining'] }),
  step: oneOf(PHASE_STEPS, {
    description: '`checking`: everything is read; threads are settled and both sides are compared.',
  }),
  planned_at: Time,
  completed_at: Nullable(Time, {
    description: 'When what the store holds was found to equal what the source gave.',
  }),
  threads: Progress,
  messages: Progress,
  held_back: Nullable(HeldBackView, {
    description:
      'Why less is written than could be, for the sake of those who use the store; null while nothing is.',
  }),
  check: Nullable(CheckView, { description: 'What was compared; null before the phase is complete.' }),
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
  channel_id: Type.String({ description: 'The channel that leads; others with the same number follow it.' }),
  phone_number: Type.String(),
  port_order_id: Nullable(Type.String()),
  status: oneOf(PORTING_STATUSES),
  reason: Nullable(Type.String({ description: "The carrier's own words." })),
  since: Time,
});

const TIME_LEFT = {
  seconds_left: Nullable(Type.Integer(), {
    description: 'At this rate; null while there is none, or while nobody knows how much is left.',
  }),
  seconds_left_low: Nullable(Type.Integer(), { description: 'The same for `planned_low`.' }),
  seconds_left_high: Nullable(Type.Integer(), { description: 'The same for `planned_high`.' }),
};

const RetriedView = Named('RetriedWork', {
  what: Type.String({ examples: ['importing recent messages of brand br_1'] }),
  brand_id: Nullable(Type.String(), { description: 'Null where it is about no brand, or about a channel.' }),
  channel_id: Nullable(Type.String()),
  tasks: Type.Integer({ minimum: 1, description: 'How many fail alike: lanes of an import, or ports.' }),
  type: Type.String(),
  message: Type.String({ description: 'Why the latest attempt failed.' }),
  attempt: Type.Integer({ minimum: 1, description: 'The latest that failed.' }),
  since: Time,
  next_try_at: Nullable(Time, { description: 'Null while it is being tried.' }),
});

export const MIGRATION_PHASES = ['waiting', 'preparing', 'recent', 'remaining', 'done'] as const;

export const MigrationView = Named(
  'Migration',
  {
    account_id: Type.String(),
    name: Type.String(),
    migration_status: AccountStatusWord,
    phase: oneOf(MIGRATION_PHASES, {
      description: 'What is being worked on, or would be if it were not paused or failed.',
    }),
    changed_at: Nullable(Time),
    started_at: Nullable(Time, { description: 'The first start.' }),
    recent_since: Nullable(Time, { description: "Messages from then on are 'recent'." }),
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
        'What has failed and is tried again without further action, the longest first; at most 20. Nothing here is a failure yet.',
    }),
    brands: Type.Array(BrandView),
    ports: Type.Array(PortView),
    attachments: Named('MigrationAttachments', {
      stored: Type.Integer({ minimum: 0, description: 'About.' }),
      waiting: Count,
      failed: Count,
      planned: Type.Integer({
        minimum: 0,
        description:
          'About how many there are; estimated from the messages read while some are still to be read.',
      }),
      planned_low: Count,
      planned_high: Nullable(Count, { description: 'Null while nobody knows.' }),
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
        description: 'Of these: what somebody decided to leave out, so that it needs no person.',
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
    verification: Nullable(VerificationView, { description: 'The latest; null before the first.' }),
    unequal_verification: Nullable(VerificationView, {
      description:
        'An earlier one that found differences, which no later one has found equal; null where there is none.',
    }),
    messages_to_temporal: Type.Integer({ minimum: 0, description: 'What Temporal has yet to hear.' }),
    messages_refused: Type.Array(
      Named('RefusedMessage', {
        workflow_id: Type.String(),
        kind: Type.String({ examples: ['start', 'pause'] }),
        since: Time,
        reason: Type.String({ description: "Temporal's own words." }),
        next_step: Type.String(),
        command: Type.String({ description: 'Asks for it again.' }),
      }),
      { description: 'What Temporal has refused for good and no later message has settled.' },
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
