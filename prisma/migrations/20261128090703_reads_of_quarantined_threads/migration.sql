-- A quarantined message is shown under its thread's record. The thread's id may be longer than a tree's index takes.
CREATE INDEX quarantined_records_thread ON quarantined_records USING hash (range_key) WHERE source_table = 'threads';
