-- Which accounts' apps ask how far the migration is, and when they last did: their imports go first. Nothing is lost with it.
CREATE TABLE app_polls (
  account_source_id text PRIMARY KEY,
  polled_at timestamptz NOT NULL
) WITH (fillfactor = 70);
