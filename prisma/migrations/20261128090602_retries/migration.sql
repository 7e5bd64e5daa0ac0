-- Work that has failed and is being tried again, for operators: written at growing distance, gone when the work is done. A row that is
-- left behind by a run that was ended by hand expires.
CREATE TABLE retries (
  account_source_id text NOT NULL,
  -- The activity, which keeps both through all its attempts.
  run_id text NOT NULL,
  activity_id text NOT NULL,
  activity text NOT NULL,
  brand_source_id text,
  channel_source_id text,
  phase text,
  type text NOT NULL,
  message text NOT NULL,
  attempt integer NOT NULL,
  since timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  next_try_at timestamptz(6) NOT NULL,
  expires_at timestamptz(6) NOT NULL,
  PRIMARY KEY (account_source_id, run_id, activity_id)
);
