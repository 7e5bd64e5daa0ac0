import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';

type Brand = MigrationView['brands'][number];
type Phase = Brand['phases'][number];

const NONE = counted(0, 0, true);

/** As estimated while it is read: there may be a tenth less or a quarter more. */
export function counted(done: number, planned: number, known = false): Phase['messages'] {
  const [low, high] = known ? [planned, planned] : [planned * 0.9, planned * 1.25];
  return {
    planned,
    planned_low: Math.max(done, Math.floor(low)),
    planned_high: Math.max(done, Math.ceil(high)),
    done,
    quarantined: 0,
  };
}

function phase(name: string, done: number, planned: number, completed = false): Phase {
  return {
    phase: name,
    step: completed ? 'done' : 'reading',
    planned_at: '2026-03-01T10:00:00.000Z',
    completed_at: completed ? '2026-03-01T10:05:00.000Z' : null,
    threads: NONE,
    held_back: null,
    check: null,
    messages: counted(done, planned, completed),
  };
}

function brand(id: string, name: string, status: Brand['migration_status'], ...phases: Phase[]): Brand {
  return { brand_id: id, name, migration_status: status, failure: null, phases, channels: [] };
}

function port(
  phone_number: string,
  status: MigrationView['ports'][number]['status'],
  reason: string | null = null,
) {
  return {
    channel_id: 'ch',
    phone_number,
    port_order_id: null,
    status,
    reason,
    since: '2026-03-01T10:00:00.000Z',
  };
}

/** As the API tells of a migration in the middle of it all: a brand under way, one that is half done, one that has failed. */
export const VIEW: MigrationView = {
  account_id: 'acc_1',
  name: 'Lakeside Dental',
  migration_status: 'brand-failure',
  phase: 'recent',
  changed_at: '2026-03-01T10:05:00.000Z',
  started_at: '2026-03-01T10:00:00.000Z',
  recent_since: '2026-01-30T10:00:00.000Z',
  paused: null,
  cancelled: null,
  retrying: [],
  following: {
    by: 'stream',
    since: '2026-03-01T10:00:00.000Z',
    until: null,
    lag_seconds: 1,
    added: 0,
    changed: 0,
    removed: 0,
    last_at: null,
    finishing: null,
    note: null,
  },
  verification: null,
  unequal_verification: null,
  failure: null,
  threads: NONE,
  messages: { ...counted(13_328, 160_987), quarantined: 3 },
  rate_per_second: 1_236.4,
  seconds_left: 119,
  seconds_left_low: 106,
  seconds_left_high: 152,
  brands: [
    brand('br_1', 'Lakeside Dental Downtown and Harbour', 'migrating', phase('recent', 12_345, 40_000)),
    brand('br_2', '湖畔歯科', 'recent-messages-migrated', phase('recent', 980, 980, true), {
      ...phase('remaining', 3, 3),
      messages: { ...counted(3, 3), planned_high: null },
    }),
    {
      ...brand('br_3', 'North', 'channel-failure', phase('recent', 0, 7)),
      failure: {
        type: 'ChannelImpossible',
        message: 'Channel ch_9 has a number that is none.',
        since: '2026-03-01T10:01:00.000Z',
        times: 1,
        next_step: 'Correct the channel named here in Conversations, then start the migration again.',
      },
    },
  ],
  ports: [
    port('+15550001111', 'complete'),
    port('+15550002222', 'submitted'),
    port('+15550003333', 'exception', 'the name does not match'),
  ],
  attachments: {
    stored: 1_200,
    waiting: 98,
    failed: 2,
    planned: 1_500,
    planned_low: 1_300,
    planned_high: 1_800,
    rate_per_second: 12.5,
    seconds_left: 24,
    seconds_left_low: 8,
    seconds_left_high: 48,
    failures: [],
  },
  quarantined: { threads: 1, messages: 3, waived: 0, records: [] },
  messages_to_temporal: 0,
  messages_refused: [],
  links: { temporal: null },
};

const NO_TIME_LEFT = { seconds_left: null, seconds_left_low: null, seconds_left_high: null };

/** All done, and nothing wrong. */
export const DONE: MigrationView = {
  ...VIEW,
  migration_status: 'all-messages-migrated',
  phase: 'done',
  rate_per_second: null,
  ...NO_TIME_LEFT,
  brands: [
    brand(
      'br_1',
      'Lakeside',
      'all-messages-migrated',
      phase('recent', 41_002, 41_002, true),
      phase('remaining', 0, 0, true),
    ),
  ],
  ports: [port('+15550001111', 'complete')],
  attachments: {
    stored: 300,
    waiting: 0,
    failed: 0,
    planned: 300,
    planned_low: 300,
    planned_high: 300,
    rate_per_second: null,
    ...NO_TIME_LEFT,
    failures: [],
  },
  quarantined: { threads: 0, messages: 0, waived: 0, records: [] },
};

/** Written slowly, for the sake of others. */
export const HELD_BACK: MigrationView = {
  ...DONE,
  migration_status: 'migrating',
  brands: [
    brand('br_1', 'Lakeside', 'migrating', {
      ...phase('recent', 100, 1_000),
      held_back: {
        since: '2026-03-01T10:02:00.000Z',
        reason: 'commit-latency',
        measured: 73.4,
        budget: 50,
        share: 0.0625,
      },
    }),
  ],
};
