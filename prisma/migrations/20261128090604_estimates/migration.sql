-- Between which numbers the records of a slice lie, as far as somebody has sampled its range; null while nobody knows.
ALTER TABLE import_slices ADD COLUMN estimate_low bigint, ADD COLUMN estimate_high bigint;
