-- Migrations of kind `onboarding`: what was asked for, and what became of each user.

CREATE TABLE carryover.onboarding_requests (
  migration_id   text PRIMARY KEY,
  action         text NOT NULL CHECK (action IN ('migrate', 'rollback')),
  -- Null for all legacy users, which are found as the migration goes.
  user_ids       uuid[],
  batch_size     integer NOT NULL,
  dry_run        boolean NOT NULL,
  force          boolean NOT NULL,
  -- As counted when it was asked for, then as found.
  total_users    integer NOT NULL,
  migrated_users integer NOT NULL DEFAULT 0,
  failed_users   integer NOT NULL DEFAULT 0,
  skipped_users  integer NOT NULL DEFAULT 0,
  started_at     timestamptz NOT NULL DEFAULT now(),
  ended_at       timestamptz
);
CREATE INDEX onboarding_requests_open ON carryover.onboarding_requests (started_at) WHERE ended_at IS NULL;

CREATE TABLE carryover.onboarding_results (
  migration_id text NOT NULL REFERENCES carryover.onboarding_requests (migration_id) ON DELETE CASCADE,
  user_id      uuid NOT NULL,
  -- In a rollback `migrated` are those that were rolled back.
  outcome      text NOT NULL CHECK (outcome IN ('migrated', 'failed', 'skipped')),
  result       jsonb NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration_id, user_id)
);
CREATE INDEX onboarding_results_failed ON carryover.onboarding_results (migration_id, user_id) WHERE outcome = 'failed';
