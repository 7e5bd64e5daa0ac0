-- Somebody decided that a quarantined record stays out: it needs no person any more. The waiver goes with the row, once it can be taken.
ALTER TABLE quarantined_records
  ADD COLUMN waived_at     timestamptz,
  -- The token's `sub`.
  ADD COLUMN waived_by     text,
  ADD COLUMN waived_reason text,
  ADD CONSTRAINT quarantined_records_waiver_is_whole CHECK (num_nulls(waived_at, waived_by, waived_reason) IN (0, 3));
