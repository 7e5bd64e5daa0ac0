-- A phase of a unit, in one pass: copy, verify, repair, undo. Exists once its slices are planned.
CREATE TABLE carryover.phases (
  unit_id        bigint NOT NULL REFERENCES carryover.units (id),
  pass           text NOT NULL,
  -- Which time of the pass it is: 0 for a copy, else the verification's id.
  run            bigint NOT NULL DEFAULT 0,
  phase          text NOT NULL,
  planned_at     timestamptz NOT NULL DEFAULT now(),
  -- Where slices are files: the workflow's run that has compared them with what lies at the source.
  planned_by     text,
  -- Where slices are ranges: those that were planned, [{stage, lower, upper}]. The slices must tile them.
  ranges         jsonb,
  -- Of the digests that its tallies sum up.
  digest_version integer NOT NULL,
  completed_at   timestamptz,
  -- Both sides of the check, as they were found equal.
  checked        jsonb,
  -- While it writes less than it could, for the sake of the target's other users: {since, at, reason, measured, budget, share}. A worker
  -- that dies leaves it behind; it expires after 30 seconds.
  held_back      jsonb,
  PRIMARY KEY (unit_id, pass, run, phase)
);

-- A queue of slices, each a range of keys of one stage, or a file. Keys are JSON text, since a key may hold characters that PostgreSQL cannot.
CREATE TABLE carryover.work (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id       bigint NOT NULL,
  pass          text NOT NULL,
  run           bigint NOT NULL,
  phase         text NOT NULL,
  -- Slices of a stage are written once those of the stages before it are done.
  stage         text NOT NULL,
  -- Of a range, inclusive and exclusive; null is open. Of a file: its name, and its version, which is null once another one is read in its place.
  lower_key     text,
  upper_key     text,
  -- Where reading continues, as JSON text.
  cursor        text,
  done          boolean NOT NULL DEFAULT false,
  -- Grows with every claim; a batch commits only under the lease it was claimed with.
  lease         bigint NOT NULL DEFAULT 0,
  leased_by     text,
  leased_until  timestamptz,
  batches       bigint NOT NULL DEFAULT 0,
  -- About how many records it holds, and between which numbers that lies, where they were sampled.
  estimate      bigint NOT NULL DEFAULT 0,
  estimate_low  bigint,
  estimate_high bigint,
  read          bigint NOT NULL DEFAULT 0,
  updated_at    timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (unit_id, pass, run, phase) REFERENCES carryover.phases (unit_id, pass, run, phase)
);
CREATE INDEX work_open ON carryover.work (unit_id, pass, run, phase, stage, id) WHERE NOT done;
CREATE INDEX work_phase ON carryover.work (unit_id, pass, run, phase);

-- What was counted: a row for each slice that has read something, so that slices commit beside each other, and corrections, which are of none.
CREATE TABLE carryover.tallies (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id      bigint NOT NULL,
  pass         text NOT NULL,
  run          bigint NOT NULL,
  phase        text NOT NULL,
  stage        text NOT NULL,
  slice_id     bigint UNIQUE REFERENCES carryover.work (id) ON DELETE CASCADE,
  -- taken + quarantined.
  read         bigint NOT NULL DEFAULT 0,
  taken        bigint NOT NULL DEFAULT 0,
  quarantined  bigint NOT NULL DEFAULT 0,
  digest       numeric NOT NULL DEFAULT 0,
  -- What records consist of: attachments of messages.
  parts        bigint NOT NULL DEFAULT 0,
  parts_digest numeric NOT NULL DEFAULT 0,
  FOREIGN KEY (unit_id, pass, run, phase) REFERENCES carryover.phases (unit_id, pass, run, phase)
);
CREATE INDEX tallies_phase ON carryover.tallies (unit_id, pass, run, phase, stage);
CREATE INDEX tallies_corrections ON carryover.tallies (unit_id, pass, run, phase, stage, id) WHERE slice_id IS NULL;

-- What was kept until now: phases of imports, and of verifications under names `verify:ID:PASS`, whose first pass repairs where that was asked for.
CREATE TEMP TABLE renamed ON COMMIT DROP AS
SELECT p.brand_id, p.phase AS old_phase, b.unit_id,
  CASE WHEN v.id IS NULL THEN 'copy' WHEN v.repair AND split_part(p.phase, ':', 3) = '1' THEN 'repair' ELSE 'verify' END AS pass,
  coalesce(v.id, 0) AS run, CASE WHEN v.id IS NULL THEN p.phase ELSE 'all' END AS phase
FROM import_phases p JOIN brands b ON b.id = p.brand_id
LEFT JOIN verifications v ON p.phase LIKE 'verify:%' AND v.id::text = split_part(p.phase, ':', 2)
WHERE p.phase NOT LIKE 'verify:%' OR v.id IS NOT NULL;

CREATE FUNCTION pg_temp.stage_of(source text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN source LIKE '%threads' THEN 'threads' ELSE 'messages' END;

INSERT INTO carryover.phases (unit_id, pass, run, phase, planned_at, planned_by, ranges, digest_version, completed_at, checked, held_back)
SELECT n.unit_id, n.pass, n.run, n.phase, p.planned_at, p.planned_by,
  (SELECT jsonb_agg(jsonb_build_object('stage', pg_temp.stage_of(r ->> 'source'), 'lower', r -> 'lower', 'upper', r -> 'upper') ORDER BY place)
   FROM jsonb_array_elements(p.ranges) WITH ORDINALITY AS ranges (r, place)),
  p.digest_version, p.completed_at, p.checked, p.held_back
FROM renamed n JOIN import_phases p ON p.brand_id = n.brand_id AND p.phase = n.old_phase;

-- A slice that nobody has ever claimed and that is done was none, but a correction of what others had counted.
CREATE TEMP TABLE slices ON COMMIT DROP AS
SELECT s.*, n.unit_id, n.pass, n.run, n.phase AS new_phase, s.done AND s.batches = 0 AND s.lease = 0 AS correction
FROM import_slices s JOIN renamed n ON n.brand_id = s.brand_id AND n.old_phase = s.phase;

INSERT INTO carryover.work (id, unit_id, pass, run, phase, stage, lower_key, upper_key, cursor, done, lease, leased_by, leased_until, batches,
  estimate, estimate_low, estimate_high, read, updated_at)
OVERRIDING SYSTEM VALUE
SELECT id, unit_id, pass, run, new_phase, pg_temp.stage_of(source), lower_key, upper_key, cursor, done, lease, leased_by, leased_until, batches,
  estimate, estimate_low, estimate_high, read, updated_at
FROM slices WHERE NOT correction;
SELECT setval(pg_get_serial_sequence('carryover.work', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM carryover.work), false);

INSERT INTO carryover.tallies (unit_id, pass, run, phase, stage, slice_id, read, taken, quarantined, digest, parts, parts_digest)
SELECT unit_id, pass, run, new_phase, pg_temp.stage_of(source), CASE WHEN NOT correction THEN id END,
  read, taken, quarantined, digest, attachments, attachments_digest
FROM slices WHERE correction OR batches > 0 ORDER BY id;

DROP TABLE import_slices;
DROP TABLE import_phases;
