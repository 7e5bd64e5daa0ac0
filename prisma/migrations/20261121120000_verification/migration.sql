-- Verifications: the source read again and compared with the store. Their slices are import_slices of phases `verify:…`.
CREATE TABLE verifications (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- What is missing or different is imported again, and everything is compared once more.
  repair     boolean NOT NULL,
  -- running, equal, unequal, failed
  state      text NOT NULL DEFAULT 'running',
  asked_by   text NOT NULL,
  asked_at   timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz,
  failure    jsonb
);
-- One at a time for an account.
CREATE UNIQUE INDEX verifications_running ON verifications (account_id) WHERE state = 'running';
CREATE INDEX verifications_account ON verifications (account_id, id);

-- A brand's turn in a verification: pass 1, and after a repair pass 2.
CREATE TABLE verification_brands (
  verification_id bigint NOT NULL REFERENCES verifications (id) ON DELETE CASCADE,
  brand_id        bigint NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
  pass            integer NOT NULL,
  -- False for a brand whose import has not read everything: there is nothing to compare yet.
  imported        boolean NOT NULL,
  began_at        timestamptz NOT NULL DEFAULT now(),
  ended_at        timestamptz,
  -- Counts and digests of both sides, once the pass has ended.
  compared        jsonb,
  PRIMARY KEY (verification_id, brand_id, pass)
);

CREATE TABLE verification_differences (
  verification_id bigint NOT NULL,
  brand_id        bigint NOT NULL,
  pass            integer NOT NULL,
  source_table    text NOT NULL,
  -- missing, extra, different, new
  difference      text NOT NULL,
  count           bigint NOT NULL,
  -- Up to ten: ids and what differs, never contents.
  samples         jsonb NOT NULL,
  PRIMARY KEY (verification_id, brand_id, pass, source_table, difference),
  FOREIGN KEY (verification_id, brand_id, pass) REFERENCES verification_brands (verification_id, brand_id, pass) ON DELETE CASCADE
);

-- Which rows of the store the source has shown; kept until the pass has ended, so that a crash forgets none. No foreign key:
-- a trigger for every mark would cost more than the mark.
CREATE TABLE verification_marks (
  verification_id bigint NOT NULL,
  brand_id        bigint NOT NULL,
  kind            text NOT NULL,
  row_key         text COLLATE "C" NOT NULL,
  PRIMARY KEY (verification_id, brand_id, kind, row_key)
);

-- What a migration that ended well was found to be, signed: the file's text, byte for byte.
CREATE TABLE certificates (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id  bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  workflow_id text NOT NULL,
  run_id      text NOT NULL,
  made_at     timestamptz NOT NULL DEFAULT now(),
  document    text NOT NULL,
  UNIQUE (account_id, workflow_id, run_id)
);

-- The key that certificates are signed with; made at the first use. One row.
CREATE TABLE signing_keys (
  id          integer PRIMARY KEY CHECK (id = 1),
  -- PKCS #8 and SPKI, PEM.
  private_key text NOT NULL,
  public_key  text NOT NULL,
  made_at     timestamptz NOT NULL DEFAULT now()
);
