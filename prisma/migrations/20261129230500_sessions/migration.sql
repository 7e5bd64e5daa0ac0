-- Who is signed in to the dashboard, and who may sign in by a link. Of ids and codes only hashes are here: whoever reads the tables can use neither.

CREATE TABLE carryover.sessions (
  -- SHA-256, hexadecimal.
  id_hash    text PRIMARY KEY,
  subject    text NOT NULL,
  role       text NOT NULL,
  -- token, code, oidc
  way        text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_expired ON carryover.sessions (expires_at);

-- Codes that sign in once.
CREATE TABLE carryover.sign_in_codes (
  code_hash       text PRIMARY KEY,
  subject         text NOT NULL,
  role            text NOT NULL,
  expires_at      timestamptz NOT NULL,
  -- When a session that it begins ends at the latest.
  session_ends_at timestamptz NOT NULL
);
CREATE INDEX sign_in_codes_expired ON carryover.sign_in_codes (expires_at);
