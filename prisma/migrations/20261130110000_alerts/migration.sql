-- What needs a person and is told at once, and what became of telling it.

-- One row from the moment something needs a person until it no longer does; when it comes back it has a new one.
CREATE TABLE carryover.alerts (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL,
  -- The thing, among those of its kind.
  key          text NOT NULL,
  sort         text NOT NULL,
  subject      text NOT NULL,
  -- As it is told: ids, counts, types and the next step. Repeated messages are the same, so it never changes.
  told         jsonb NOT NULL,
  -- The receiver knows the thing by it: that it was raised, that it is resolved, and repeated messages.
  public_id    uuid NOT NULL DEFAULT gen_random_uuid(),
  raised_at    timestamptz NOT NULL DEFAULT now(),
  -- Since when it was not found any more; some things come and go.
  absent_since timestamptz,
  resolved_at  timestamptz
);
CREATE UNIQUE INDEX alerts_open ON carryover.alerts (kind, key) WHERE resolved_at IS NULL;
CREATE INDEX alerts_resolved ON carryover.alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- One message to one destination. The one that tells of a thing goes when that is resolved before it was sent. It is claimed by moving next_try_at on, so a process that dies with it delays it and loses nothing.
CREATE TABLE carryover.alert_deliveries (
  alert_id    bigint NOT NULL REFERENCES carryover.alerts (id) ON DELETE CASCADE,
  -- webhook, slack
  destination text NOT NULL,
  -- raised, resolved
  event       text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  tries       integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL DEFAULT now(),
  sent_at     timestamptz,
  -- Why the latest try failed.
  failure     text,
  PRIMARY KEY (alert_id, destination, event)
);
CREATE INDEX alert_deliveries_due ON carryover.alert_deliveries (destination, next_try_at) WHERE sent_at IS NULL;

-- Who looks for what needs a person: one process at a time for each kind. A look with an older lease writes nothing.
CREATE TABLE carryover.alert_looks (
  kind   text PRIMARY KEY,
  lease  bigint NOT NULL,
  -- The next look. While one is under way, when it is given up.
  due_at timestamptz NOT NULL
);
