-- What Carryover keeps for itself leaves the helpdesk's schema, and is keyed by migration: a kind, and what the migration is of.

ALTER TABLE status_documents SET SCHEMA carryover;
ALTER TABLE carryover.status_documents RENAME COLUMN account_source_id TO subject;
ALTER TABLE carryover.status_documents ADD COLUMN kind text NOT NULL DEFAULT 'conversations';
ALTER TABLE carryover.status_documents ALTER COLUMN kind DROP DEFAULT,
  DROP CONSTRAINT status_documents_pkey, ADD PRIMARY KEY (kind, subject);
DROP INDEX carryover.status_documents_changed;
CREATE INDEX status_documents_changed ON carryover.status_documents (kind, changed_at DESC, subject DESC);

-- `kind` was the message's own: it is the signal that the workflow gets.
ALTER TABLE workflow_messages SET SCHEMA carryover;
ALTER TABLE carryover.workflow_messages RENAME COLUMN kind TO signal;
ALTER TABLE carryover.workflow_messages RENAME COLUMN account_source_id TO subject;
ALTER TABLE carryover.workflow_messages ADD COLUMN kind text NOT NULL DEFAULT 'conversations';
ALTER TABLE carryover.workflow_messages ALTER COLUMN kind DROP DEFAULT;

-- An entry about no single migration has an empty kind and subject.
ALTER TABLE audit_entries SET SCHEMA carryover;
ALTER TABLE carryover.audit_entries RENAME COLUMN account_source_id TO subject;
ALTER TABLE carryover.audit_entries ADD COLUMN kind text NOT NULL DEFAULT 'conversations';
ALTER TABLE carryover.audit_entries ALTER COLUMN kind DROP DEFAULT;
UPDATE carryover.audit_entries SET kind = '' WHERE subject = '';
DROP INDEX carryover.audit_entries_account;
CREATE INDEX audit_entries_migration ON carryover.audit_entries (kind, subject, id);

-- A unit is a brand, an item within it a channel.
ALTER TABLE retries SET SCHEMA carryover;
ALTER TABLE carryover.retries RENAME COLUMN account_source_id TO subject;
ALTER TABLE carryover.retries RENAME COLUMN brand_source_id TO unit;
ALTER TABLE carryover.retries RENAME COLUMN channel_source_id TO item;
ALTER TABLE carryover.retries ADD COLUMN kind text NOT NULL DEFAULT 'conversations';
ALTER TABLE carryover.retries ALTER COLUMN kind DROP DEFAULT,
  DROP CONSTRAINT retries_pkey, ADD PRIMARY KEY (kind, subject, run_id, activity_id);

ALTER TABLE app_polls SET SCHEMA carryover;
ALTER TABLE carryover.app_polls RENAME COLUMN account_source_id TO subject;
ALTER TABLE carryover.app_polls ADD COLUMN kind text NOT NULL DEFAULT 'conversations';
ALTER TABLE carryover.app_polls ALTER COLUMN kind DROP DEFAULT,
  DROP CONSTRAINT app_polls_pkey, ADD PRIMARY KEY (kind, subject);

-- The rest is moved as it is.
ALTER TABLE porting_callbacks SET SCHEMA carryover;
ALTER TABLE superseded_copies SET SCHEMA carryover;
ALTER TABLE certificates SET SCHEMA carryover;
ALTER TABLE verifications SET SCHEMA carryover;
ALTER TABLE verification_brands SET SCHEMA carryover;
ALTER TABLE verification_differences SET SCHEMA carryover;
ALTER TABLE verification_marks SET SCHEMA carryover;
