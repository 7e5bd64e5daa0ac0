-- Carryover's own schema. Helpdesk readers have USAGE and SELECT on `public` alone, so what must stay out of their sight is here.
CREATE SCHEMA IF NOT EXISTS carryover;

-- The store's own name, which certificates carry. A restored backup keeps it; a reset does, too.
CREATE TABLE carryover.store_identity (
  id       integer PRIMARY KEY CHECK (id = 1),
  store_id uuid NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO carryover.store_identity (id, store_id) VALUES (1, gen_random_uuid());

-- The key that certificates are signed with; made at the first use. One row. A table of its own instead of the moved one: that would
-- keep the grants it had in `public`.
CREATE TABLE carryover.signing_keys (
  id          integer PRIMARY KEY CHECK (id = 1),
  -- PKCS #8 and SPKI, PEM.
  private_key text NOT NULL,
  public_key  text NOT NULL,
  made_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO carryover.signing_keys SELECT id, private_key, public_key, made_at FROM public.signing_keys;
DROP TABLE public.signing_keys;

-- ALTER DEFAULT PRIVILEGES may have granted rights on what was just made: only the owner keeps them.
DO $$
DECLARE grantee text;
BEGIN
  FOR grantee IN
    SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END
    FROM (
      SELECT relacl AS acl, relowner AS owner FROM pg_class WHERE relnamespace = 'carryover'::regnamespace
      UNION ALL SELECT nspacl, nspowner FROM pg_namespace WHERE nspname = 'carryover'
    ) made CROSS JOIN LATERAL aclexplode(made.acl) acl
    WHERE acl.grantee <> made.owner
    UNION SELECT 'PUBLIC'
  LOOP
    EXECUTE 'REVOKE ALL ON SCHEMA carryover FROM ' || grantee;
    EXECUTE 'REVOKE ALL ON ALL TABLES IN SCHEMA carryover FROM ' || grantee;
  END LOOP;
END $$;

-- A certificate is current until a newer one is made, a verification finds differences, or a reset removes what it speaks of. A run has
-- one current certificate.
ALTER TABLE certificates
  ADD COLUMN superseded_at  timestamptz,
  -- newer-certificate, differences-found
  ADD COLUMN superseded_why text,
  ADD COLUMN revoked_at     timestamptz,
  -- The token's `sub` of who asked for the reset.
  ADD COLUMN revoked_by     text;
UPDATE certificates c SET superseded_at = newer.made_at, superseded_why = 'newer-certificate'
FROM certificates newer
WHERE newer.id = (SELECT min(n.id) FROM certificates n WHERE n.account_id = c.account_id AND n.id > c.id);
ALTER TABLE certificates DROP CONSTRAINT certificates_account_id_workflow_id_run_id_key;
CREATE UNIQUE INDEX certificates_run ON certificates (account_id, workflow_id, run_id)
  WHERE superseded_at IS NULL AND revoked_at IS NULL;
CREATE INDEX certificates_account ON certificates (account_id, id);

-- Hashes of whole records, for certificates: the digest that checks sum up is the first 8 bytes.
CREATE FUNCTION digest_in(hash bytea) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ('x' || encode(substr(hash, 1, 8), 'hex'))::bit(64)::bigint;

CREATE FUNCTION message_hash(m messages) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN sha256(convert_to(concat_ws(' ',
    octet_length(m.source_id), octet_length(m.source_thread_id), octet_length(m.source_key),
    coalesce(octet_length(m.author), -1), coalesce(octet_length(m.body), -1),
    m.direction, m.kind, encode(timestamptz_send(m.sent_at), 'hex'),
    m.source_id, m.source_thread_id, m.source_key, m.author, m.body,
    coalesce(m.telephony::text, '-'), coalesce(m.metadata::text, '-'), coalesce(m.original::text, '-')), 'UTF8'));

CREATE FUNCTION attachment_hash(message_source_id text, a attachments) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN sha256(convert_to(
    json_build_array(message_source_id, a.source_id, a.source_url, a.declared_content_type, a.file_name)::text, 'UTF8'));

CREATE FUNCTION thread_hash(s thread_sources, t message_threads) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN sha256(convert_to(json_build_array(s.source_id, s.kind, s.status, t.c1, t.c2)::text, 'UTF8'));

CREATE OR REPLACE FUNCTION message_digest(m messages) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE RETURN digest_in(message_hash(m));

CREATE OR REPLACE FUNCTION attachment_digest(message_source_id text, a attachments) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE RETURN digest_in(attachment_hash(message_source_id, a));

CREATE OR REPLACE FUNCTION thread_digest(s thread_sources, t message_threads) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE RETURN digest_in(thread_hash(s, t));
