import { Type } from 'typebox';
import { OUTCOMES } from '../../../domain/onboarding/results.js';
import { Named, NextCursor, PageQuery, Strict, oneOf } from '../../schemas/common.js';

const MOST_USERS = 10_000;
/** 10,000 ids and what stands around them. */
export const LONG_BODY = 512 * 1_024;

export const Count = Type.Integer({ minimum: 0 });
export const Uuid = Type.String({
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  description: "The product's id of a user.",
  examples: ['0b8f5c1e-6a57-4d0c-9a53-3d9a0f6f3c11'],
});
export const UserParameter = Strict({ user_id: Uuid });
export const MigrationIdParameter = Strict({
  migration_id: Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\x00]+$' }),
});

const UserIds = Type.Array(Uuid, { minItems: 1, maxItems: MOST_USERS });

export const MigrateBody = Strict(
  {
    user_ids: Type.Optional(UserIds),
    all: Type.Optional(
      Type.Literal(true, { description: 'Every user whose legacy status is neither null nor `migrated`.' }),
    ),
    batch_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Default: 50.' })),
    dry_run: Type.Optional(
      Type.Boolean({ description: 'Changes nothing; the results say what would happen.' }),
    ),
  },
  { title: 'OnboardingSelection', oneOf: [{ required: ['user_ids'] }, { required: ['all'] }] },
);

export const RollbackBody = Named('OnboardingRollback', {
  user_ids: UserIds,
  force: Type.Optional(
    Type.Boolean({
      description: 'Rolls back even users with new activity in the new session, which is lost.',
    }),
  ),
});
export const ForceBody = Strict({ force: Type.Optional(Type.Boolean()) }, { title: 'OnboardingForce' });

export const WaitQuery = Strict({
  wait: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 60,
      description: 'Seconds to wait for the end; then the answer has the result.',
    }),
  ),
});
export const ResultsQuery = Strict({
  ...PageQuery,
  only: Type.Optional(oneOf(['failed'], { description: 'Only these results.' })),
});
export const CleanupQuery = Strict({
  older_than_days: Type.Optional(Type.Integer({ minimum: 0, maximum: 36_500, description: 'Default: 7.' })),
});

export const SHOWN_STATUSES = ['running', 'paused', 'cancelled', 'completed'] as const;

const nullable = <
  Schema extends
    ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer> | ReturnType<typeof Type.Number>,
>(
  schema: Schema,
) => Type.Union([schema, Type.Null()]);
export const NullableText = nullable(Type.String());
export const NullableNumber = nullable(Type.Number());

export const UserResultView = Named('OnboardingResult', {
  user_id: Type.String(),
  success: Type.Boolean(),
  session_id: NullableText,
  workspace_id: NullableText,
  legacy_status: NullableText,
  new_status: NullableText,
  current_step: nullable(Type.Integer()),
  completion_percentage: NullableNumber,
  bcm_generated: Type.Boolean(),
  migrated_at: NullableText,
  error: Type.Union([
    Named('OnboardingError', {
      type: Type.String({
        description: `Why the user is one of those that are ${OUTCOMES.slice(1).join(' or ')}.`,
      }),
      detail: Type.String(),
    }),
    Type.Null(),
  ]),
});

export const StartedMigration = Named('OnboardingStarted', {
  migration_id: Type.String(),
  total_users: Count,
});
export const SteeredOnboarding = Named('OnboardingSteered', {
  migration_id: Type.String(),
  status: oneOf(SHOWN_STATUSES),
});

export const MigrationView = Named('OnboardingMigration', {
  migration_id: Type.String(),
  status: oneOf(SHOWN_STATUSES),
  total_users: Count,
  migrated_users: Count,
  failed_users: Count,
  skipped_users: Count,
  results: Type.Array(UserResultView),
  next_cursor: NextCursor,
  processing_time_ms: Count,
});

export const ProgressView = Named('OnboardingProgress', {
  migrations: Type.Array(
    Named('OnboardingRunning', {
      migration_id: Type.String(),
      total_users: Count,
      done: Count,
      failed: Count,
      users_per_second: Type.Number({ minimum: 0 }),
      seconds_left: nullable(Type.Number({ minimum: 0 })),
    }),
  ),
});
