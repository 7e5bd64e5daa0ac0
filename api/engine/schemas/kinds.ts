import { type TSchema, Type } from 'typebox';
import { Named, NextCursor, PageQuery, Strict, StorableText, Time } from '../../schemas/common.js';
import { AUDIT_FIELDS } from './audit.js';
import { CERTIFICATE_STATUS_FIELDS } from './certificates.js';
import { FAILURE_FIELDS, FAILURE_ID } from './failures.js';
import { VerificationState } from './verification.js';

const Count = Type.Integer({ minimum: 0 });

const Kind = StorableText({
  maxLength: 64,
  description: 'A kind of migration; `GET /v2/kinds` lists those that are on.',
  examples: ['conversations'],
});
const Key = StorableText({
  maxLength: 1024,
  description: "Names the migration among those of its kind: for `conversations` the account's id.",
  examples: ['acc_1'],
});
const OfMigration = { kind: Type.String(), key: Type.String() };

export const KindParameter = Strict({ kind: Kind });
export const MigrationParameter = Strict({ kind: Kind, key: Key });

export const KindsView = Named(
  'Kinds',
  {
    kinds: Type.Array(
      Named('Kind', {
        kind: Type.String({ description: 'As it stands in paths.' }),
        name: Type.String({ description: 'What is migrated, for people.' }),
        units: Type.String({ description: 'What the units of one migration are called.' }),
        phases: Type.Array(Type.String(), { description: 'In the order in which they run.' }),
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
          },
        ],
      },
    ],
  },
);

/** Part of a key or of a name. */
export const SearchText = StorableText({
  maxLength: 200,
  description: 'Only those whose key or name has this in it, in upper or lower case.',
});

export const KindMigrationsQuery = Strict({
  status: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: "One of the kind's words." }),
  ),
  q: Type.Optional(SearchText),
  ...PageQuery,
});

export const Steered = Named('Steered', {
  by: Type.String({ description: "The token's `sub`." }),
  since: Type.String(),
});

export const KindMigrationsPage = Named(
  'KindMigrationsPage',
  {
    migrations: Type.Array(
      Named('KindMigrationSummary', {
        ...OfMigration,
        name: Type.String(),
        status: Type.String({ description: "One of the kind's words." }),
        phase: Type.String({
          description: 'What is being worked on, or would be if it were not paused or failed.',
        }),
        progress: Named('KindProgress', {
          done: Count,
          planned: Type.Integer({ minimum: 0, description: 'About how many there are.' }),
        }),
        paused: Type.Union([Steered, Type.Null()]),
        needs_attention: Type.Boolean({ description: 'Something has failed: `failures` lists it.' }),
        changed_at: Time,
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

/** One migration: one of the kinds' own views. */
export function kindMigration(views: readonly TSchema[]): TSchema {
  return Type.Unsafe({
    title: 'KindMigration',
    description: "Everything about one migration, in its kind's own words.",
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
  { ...OfMigration, status: Type.String({ description: "One of the kind's words." }) },
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
    Type.String({ minLength: 1, maxLength: 64, description: 'What failed; all unless said.' }),
  ),
  ...PageQuery,
});

const Failed = {
  key: Type.String({ description: 'Whose migration it is.' }),
  unit: Type.String({ description: 'Empty where it is about the whole migration.' }),
  ...FAILURE_FIELDS,
};

export const KindFailuresPage = Named('KindFailuresPage', {
  failures: Type.Array(
    Named('KindFailure', { id: FAILURE_ID, kind: Type.String({ description: 'What failed.' }), ...Failed }),
  ),
  next_cursor: NextCursor,
});

export const KindReportView = Named('KindReport', {
  kind: Type.String(),
  at: Time,
  since: Type.Union([Time, Type.Null()]),
  counts: Type.Record(Type.String(), Count, { description: 'How much needs a person, by what failed.' }),
  waived: Type.Integer({
    minimum: 0,
    description: 'Records that somebody decided to leave out: not among the counts.',
  }),
  entries: Type.Array(
    Named('KindReportEntry', {
      kind: Type.String({ description: 'What failed.' }),
      count: Type.Integer({ minimum: 1, description: 'How many things it stands for.' }),
      ...Failed,
    }),
    { description: 'The first 20 of each.' },
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
