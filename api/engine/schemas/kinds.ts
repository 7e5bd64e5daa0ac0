import { type TSchema, Type } from 'typebox';
import { Named, NextCursor, PageQuery, Strict, StorableText, Time } from '../../schemas/common.js';
import { AUDIT_FIELDS } from './audit.js';
import { CERTIFICATE_STATUS_FIELDS } from './certificates.js';
import { FAILURE_FIELDS, FAILURE_ID } from './failures.js';
import { VerificationState } from './verification.js';

const Count = Type.Integer({ minimum: 0 });

export const KIND = StorableText({
  maxLength: 64,
  description: 'A kind of migration; `GET /v2/kinds` lists those that are on.',
  examples: ['conversations'],
});
const Key = StorableText({
  maxLength: 1024,
  description: "Identifies the migration among those of its kind: for `conversations` the account's id.",
  examples: ['acc_1'],
});
const OfMigration = { kind: Type.String(), key: Type.String() };

export const KindParameter = Strict({ kind: KIND });
export const MigrationParameter = Strict({ kind: KIND, key: Key });

export const KindsView = Named(
  'Kinds',
  {
    kinds: Type.Array(
      Named('Kind', {
        kind: Type.String({ description: 'The name in paths.' }),
        name: Type.String({ description: 'The name for people.' }),
        units: Type.String({ description: "The name of a migration's units." }),
        phases: Type.Array(Type.String(), { description: 'In the order in which they run.' }),
        statuses: Type.Array(Type.String(), { description: 'The statuses of a migration.' }),
        steerings: Type.Array(Type.String(), { description: 'The calls that steer a migration.' }),
        preflight: Type.Boolean({ description: 'The kind supports preflights.' }),
        waves: Type.Boolean({ description: 'Many can be started as a wave.' }),
        links: Named('KindLinks', {
          temporal: Type.Union([Type.String(), Type.Null()], { description: "Temporal's Web UI." }),
        }),
      }),
    ),
  },
  {
    examples: [
      {
        kinds: [
          {
            kind: 'conversations',
            name: 'Conversations',
            units: 'brands',
            phases: ['recent', 'remaining'],
            statuses: ['none', 'pending', 'migrating', 'all-messages-migrated'],
            steerings: ['pause', 'resume', 'cancel', 'retry', 'verify', 'finish'],
            preflight: true,
            waves: true,
            links: { temporal: null },
          },
        ],
      },
    ],
  },
);

/** A part of a key or a name. */
export const SearchText = StorableText({
  maxLength: 200,
  description: 'Only those whose key or name contains this, in upper or lower case.',
});

export const KindMigrationsQuery = Strict({
  status: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: "One of the kind's statuses." }),
  ),
  q: Type.Optional(SearchText),
  ...PageQuery,
});

export const Steered = Named('Steered', {
  by: Type.String({ description: "The token's `sub`." }),
  since: Type.String(),
});

/** A migration in a list, in every answer. */
export const MIGRATION_ROW = {
  ...OfMigration,
  name: Type.String(),
  status: Type.String({ description: "One of the kind's statuses." }),
  phase: Type.String({
    description: 'The current phase, also while the migration is paused or has failed.',
  }),
  progress: Named('KindProgress', {
    done: Count,
    planned: Type.Integer({ minimum: 0, description: 'The estimated total.' }),
  }),
  paused: Type.Union([Steered, Type.Null()]),
  needs_attention: Type.Boolean({ description: 'Whether `failures` lists anything.' }),
  changed_at: Time,
};

export const KindMigrationsPage = Named(
  'KindMigrationsPage',
  {
    migrations: Type.Array(
      Named('KindMigrationSummary', {
        ...MIGRATION_ROW,
      }),
    ),
    next_cursor: NextCursor,
  },
  {
    examples: [
      {
        migrations: [
          {
            kind: 'conversations',
            key: 'acc_1',
            name: 'Lakeside Dental',
            status: 'migrating',
            phase: 'recent',
            progress: { done: 1_200, planned: 40_000 },
            paused: null,
            needs_attention: false,
            changed_at: '2026-03-01T10:00:00.000Z',
          },
        ],
        next_cursor: null,
      },
    ],
  },
);

/** One migration, in the view of its kind. */
export function kindMigration(views: readonly TSchema[]): TSchema {
  return Type.Unsafe({
    title: 'KindMigration',
    description: 'Everything about one migration, in the view of its kind.',
    anyOf: views,
  });
}

/** One event of a stream. */
export function kindMigrationEvent(views: readonly TSchema[]): TSchema {
  return Named('KindMigrationEvent', {
    event: Type.Literal('migration'),
    data: Type.String({ contentMediaType: 'application/json', contentSchema: kindMigration(views) }),
  });
}

export const SteeredMigration = Named(
  'SteeredMigration',
  { ...OfMigration, status: Type.String({ description: "One of the kind's statuses." }) },
  { examples: [{ kind: 'conversations', key: 'acc_1', status: 'migrating' }] },
);

export const VerifyingMigration = Named(
  'VerifyingMigration',
  {
    ...OfMigration,
    verification: VerificationState,
  },
  {
    examples: [{ kind: 'conversations', key: 'acc_1', verification: { state: 'running', repair: false } }],
  },
);

export const KindFailuresQuery = Strict({
  kind: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'The sort of failure; default: all.' }),
  ),
  ...PageQuery,
});

const Failed = {
  key: Type.String({ description: 'The key of the migration.' }),
  unit: Type.String({ description: 'Empty if it is about the whole migration.' }),
  ...FAILURE_FIELDS,
};

export const KindFailuresPage = Named('KindFailuresPage', {
  failures: Type.Array(
    Named('KindFailure', {
      id: FAILURE_ID,
      kind: Type.String({ description: 'The sort of failure.' }),
      ...Failed,
    }),
  ),
  next_cursor: NextCursor,
});

export const KindReportView = Named('KindReport', {
  kind: Type.String(),
  at: Time,
  since: Type.Union([Time, Type.Null()]),
  counts: Type.Record(Type.String(), Count, { description: 'The number of failures of each sort.' }),
  waived: Type.Integer({
    minimum: 0,
    description: 'Waived records, which the counts do not include.',
  }),
  entries: Type.Array(
    Named('KindReportEntry', {
      kind: Type.String({ description: 'The sort of failure.' }),
      count: Type.Integer({ minimum: 1, description: 'The number of failures in the entry.' }),
      ...Failed,
    }),
    { description: 'The first 20 of each sort.' },
  ),
});

export const KindAuditPage = Named('KindAuditPage', {
  entries: Type.Array(Named('KindAuditEntry', { key: Type.String(), ...AUDIT_FIELDS })),
  next_cursor: NextCursor,
});

export const KindCertificateStatus = Named('KindCertificateStatus', {
  ...OfMigration,
  ...CERTIFICATE_STATUS_FIELDS,
});
