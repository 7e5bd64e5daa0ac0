-- Of an import from a dump: the workflow's run that has compared the phase's slices with what lies in the dump. A slice of a dump is
-- one file: lower_key is its s3://bucket/key, upper_key its version (ETag), null once another version is read in its place.
ALTER TABLE import_phases ADD COLUMN planned_by text;
