/** Carryover's own tables in Chatwoot's database. Nothing of Carryover is in `public`. */
export const TABLES = `
CREATE TABLE inbox_migrations (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL,
  source_inbox_id bigint NOT NULL,
  destination_inbox_id bigint NOT NULL,
  user_id bigint,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  conversations_count bigint NOT NULL DEFAULT 0,
  conversations_moved bigint NOT NULL DEFAULT 0,
  messages_count bigint NOT NULL DEFAULT 0,
  messages_moved bigint NOT NULL DEFAULT 0,
  attachments_count bigint NOT NULL DEFAULT 0,
  attachments_moved bigint NOT NULL DEFAULT 0,
  contact_inboxes_count bigint NOT NULL DEFAULT 0,
  contact_inboxes_moved bigint NOT NULL DEFAULT 0,
  contacts_merged bigint NOT NULL DEFAULT 0,
  error_message text,
  details jsonb NOT NULL DEFAULT '{}',
  assignees text NOT NULL DEFAULT 'keep' CHECK (assignees IN ('keep', 'unassign', 'add-to-inbox')),
  possible_matches text NOT NULL DEFAULT 'leave' CHECK (possible_matches IN ('leave', 'merge')),
  reverses_id bigint REFERENCES inbox_migrations,
  -- Where the work stands: moved in the transaction of each batch.
  stage text NOT NULL DEFAULT 'plan',
  round integer NOT NULL DEFAULT 1,
  position bigint NOT NULL DEFAULT 0,
  batches bigint NOT NULL DEFAULT 0,
  moved_before bigint NOT NULL DEFAULT -1,
  idle_rounds integer NOT NULL DEFAULT 0,
  last_contact_inbox_id bigint NOT NULL DEFAULT 0,
  -- Of what takes another one back: the conversation up to which it has looked for what came late.
  swept_to bigint NOT NULL DEFAULT 0,
  started_at timestamp,
  completed_at timestamp,
  -- What undoes the migration is kept for a while only.
  journal_purged_at timestamp,
  created_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
  updated_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);
CREATE UNIQUE INDEX inbox_migrations_under_way ON inbox_migrations (source_inbox_id) WHERE status IN ('queued', 'running');
-- A reverse that has failed or was cancelled may be followed by another one, which goes on where it stopped.
CREATE UNIQUE INDEX inbox_migrations_reversed_once ON inbox_migrations (reverses_id) WHERE reverses_id IS NOT NULL AND status NOT IN ('failed', 'cancelled');
CREATE INDEX inbox_migrations_of_reversed ON inbox_migrations (reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX inbox_migrations_of_source ON inbox_migrations (account_id, source_inbox_id, id DESC);

-- No foreign keys from here on: they would be checked for each row of a batch, and migrations are never deleted.
-- Who the destination knows: what it held at the start, and what came since.
CREATE TABLE inbox_identities (
  migration_id bigint NOT NULL,
  contact_inbox_id bigint NOT NULL,
  identity text NOT NULL,
  at_start boolean NOT NULL,
  PRIMARY KEY (migration_id, contact_inbox_id)
);
CREATE INDEX inbox_identities_by_identity ON inbox_identities (migration_id, identity);

-- What a round moves, in order: a contact with all it has in the source; or one row that has no contact.
CREATE TABLE inbox_plan (
  migration_id bigint NOT NULL,
  ordinal bigint NOT NULL,
  contact_id bigint,
  contact_inbox_id bigint,
  conversation_id bigint,
  conversations bigint NOT NULL,
  messages bigint NOT NULL,
  PRIMARY KEY (migration_id, ordinal)
);

CREATE TABLE inbox_moved (
  migration_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  PRIMARY KEY (migration_id, conversation_id)
);
CREATE INDEX inbox_moved_by_conversation ON inbox_moved (conversation_id);

-- Large conversations whose older messages are still to come.
CREATE TABLE inbox_tails (
  migration_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  PRIMARY KEY (migration_id, conversation_id)
);

CREATE TABLE inbox_merged (
  migration_id bigint NOT NULL,
  from_id bigint NOT NULL,
  into_id bigint NOT NULL,
  PRIMARY KEY (migration_id, from_id)
);

-- How many rows of Chatwoot's tables a migration has written, as PostgreSQL has counted them in the transactions of its batches.
CREATE TABLE inbox_writes (
  migration_id bigint NOT NULL,
  relation text NOT NULL,
  inserted bigint NOT NULL,
  updated bigint NOT NULL,
  deleted bigint NOT NULL,
  PRIMARY KEY (migration_id, relation)
);

-- What was changed, in order. Undone backwards, batch by batch.
CREATE TABLE inbox_journal (
  id bigserial PRIMARY KEY,
  migration_id bigint NOT NULL,
  batch bigint NOT NULL,
  op text NOT NULL CHECK (op IN ('set', 'was', 'follow', 'added', 'removed', 'replaced', 'counted')),
  relation text NOT NULL,
  field text,
  ids int8multirange,
  before jsonb,
  after jsonb
);
CREATE INDEX inbox_journal_of_batch ON inbox_journal (migration_id, batch);
CREATE INDEX inbox_journal_in_order ON inbox_journal (migration_id, id);
CREATE INDEX inbox_journal_was ON inbox_journal (migration_id, relation) WHERE op = 'was';
`;
