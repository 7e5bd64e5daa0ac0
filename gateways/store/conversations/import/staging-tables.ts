/** For transactions that write messages. Created once for each connection, outside of any transaction; empty at the start of each. */
export const WITH_STAGING = {
  session: `
  SET client_min_messages = warning;
  CREATE TEMP TABLE IF NOT EXISTS staged_messages (
    thread_id bigint, source_id text COLLATE "C", direction text, kind text, author text, body text, sent_at timestamptz,
    telephony jsonb, metadata jsonb, original jsonb, source_key text COLLATE "C", source_thread_id text COLLATE "C",
    digest bigint
  ) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE IF NOT EXISTS staged_attachments (
    message_source_id text COLLATE "C", source_id text COLLATE "C", source_url text, content_type text, file_name text
  ) ON COMMIT DELETE ROWS;
  ALTER TABLE staged_messages ALTER body SET STORAGE EXTERNAL`,
};
