-- While an import writes less than it could, for the sake of those who use the store: {since, at, reason, measured, budget, share}.
-- A worker that dies leaves it behind; what is older than 30 seconds says nothing.
ALTER TABLE import_phases ADD COLUMN held_back jsonb;
