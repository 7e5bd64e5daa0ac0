-- The name that the source gave last. A name that differs from it is a person's, and imports keep it. Which name a person gave before this is
-- not known: those that a source thread has given count as the source's. A thread's status needs no such column: `thread_sources` says what the
-- source gave.
ALTER TABLE contacts ADD COLUMN source_name text;
UPDATE contacts SET source_name = name WHERE name_source_id IS NOT NULL;
