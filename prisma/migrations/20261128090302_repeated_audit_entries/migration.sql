-- A start that changes nothing while one runs is counted on the entry of the one that did.
ALTER TABLE audit_entries ADD COLUMN times integer NOT NULL DEFAULT 1;
ALTER TABLE audit_entries ADD COLUMN last_at timestamptz;
