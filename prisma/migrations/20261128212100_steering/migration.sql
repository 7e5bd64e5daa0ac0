-- What was asked of a migration, of any kind, stands in its row, with the name and the status that lists show. An account's `migration`
-- keeps the status and what this kind alone remembers.
ALTER TABLE carryover.migrations
  ADD COLUMN name         text NOT NULL DEFAULT '',
  -- A word of the kind's own.
  ADD COLUMN status       text NOT NULL DEFAULT 'none',
  -- A start was asked for and nothing has taken it back.
  ADD COLUMN started      boolean NOT NULL DEFAULT false,
  -- The first start.
  ADD COLUMN started_at   timestamptz,
  -- The latest start, and who asked for it.
  ADD COLUMN restarted_at timestamptz,
  ADD COLUMN started_by   text,
  -- Each says by whom and since when.
  ADD COLUMN paused       jsonb,
  ADD COLUMN cancelled    jsonb,
  ADD COLUMN resetting    jsonb;

UPDATE carryover.migrations m SET
  name = a.name,
  status = coalesce(a.migration ->> 'status', 'none'),
  started = coalesce((a.migration ->> 'started')::boolean, false),
  started_at = (a.migration ->> 'startedAt')::timestamptz,
  restarted_at = (a.migration ->> 'restartedAt')::timestamptz,
  started_by = a.migration ->> 'startedBy',
  paused = nullif(a.migration -> 'paused', 'null'),
  cancelled = nullif(a.migration -> 'cancelled', 'null'),
  resetting = nullif(a.migration -> 'resetting', 'null')
FROM accounts a WHERE m.kind = 'conversations' AND m.subject = a.source_id;

UPDATE accounts SET migration = migration - ARRAY['started', 'startedAt', 'restartedAt', 'startedBy', 'paused', 'cancelled', 'resetting']
WHERE migration IS NOT NULL;
