-- What is being imported now, for rates and totals over all migrations: without it every phase that ever was is read.
CREATE INDEX phases_open ON carryover.phases (unit_id) WHERE completed_at IS NULL AND pass = 'copy';

-- The audit is filtered by who, what and when.
CREATE INDEX audit_entries_actor ON carryover.audit_entries (actor, id);
CREATE INDEX audit_entries_action ON carryover.audit_entries (action, id);
CREATE INDEX audit_entries_at ON carryover.audit_entries (at);
