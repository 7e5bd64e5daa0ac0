-- When the migration had first brought what its user waits for: of a conversations migration, the recent messages of all brands.
ALTER TABLE carryover.migrations ADD COLUMN ready_at timestamptz;
