-- The version of the digests' definition. A migration that changes what a digest is made of raises it here, and DIGEST_VERSION in
-- domain/conversations/digest.ts with it: a phase whose sums are of another version is read again.
CREATE FUNCTION digest_version() RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN 2;

-- The version of the digests that the phase's slices have summed up.
ALTER TABLE import_phases ADD COLUMN digest_version integer NOT NULL DEFAULT digest_version();
-- The ranges that the phase was planned with, [{source, lower, upper}]: its slices must tile them. Null where slices are files.
ALTER TABLE import_phases ADD COLUMN ranges jsonb;

-- What of the brand is compared: recent (the recent messages alone had been read) or all.
ALTER TABLE verification_brands ADD COLUMN part text NOT NULL DEFAULT 'all';
