-- Two schemas: `carryover` has what migrations of every kind are run by, and is out of sight for those who read the helpdesk; `public` has the
-- helpdesk's tables, as contracts with other programs fix them.
-- Text that is compared in byte order, as DynamoDB does, has COLLATE "C".

CREATE SCHEMA IF NOT EXISTS carryover;

-- Secrets come first, so that only the owner keeps rights on them.

-- The store's own name, which certificates carry. A restored backup keeps it, and so does a reset.
CREATE TABLE carryover.store_identity (
  id       integer PRIMARY KEY CHECK (id = 1),
  store_id uuid NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO carryover.store_identity (id, store_id) VALUES (1, gen_random_uuid());

-- The key that certificates are signed with; made at the first use. One row.
CREATE TABLE carryover.signing_keys (
  id          integer PRIMARY KEY CHECK (id = 1),
  -- PKCS #8 and SPKI, PEM.
  private_key text NOT NULL,
  public_key  text NOT NULL,
  made_at     timestamptz NOT NULL DEFAULT now()
);

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

-- Migrations ------------------------------------------------------------------------------------------------------------------------

-- A migration of any kind, by the id of its subject at the source: of a conversations migration, the account. What was asked of it stands here.
CREATE TABLE carryover.migrations (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL,
  subject      text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  name         text NOT NULL DEFAULT '',
  -- A word of the kind's own.
  status       text NOT NULL DEFAULT 'none',
  -- A start was asked for and nothing has taken it back.
  started      boolean NOT NULL DEFAULT false,
  -- The first start.
  started_at   timestamptz,
  -- The latest start, and who asked for it.
  restarted_at timestamptz,
  started_by   text,
  -- Each says by whom and since when.
  paused       jsonb,
  cancelled    jsonb,
  resetting    jsonb,
  UNIQUE (kind, subject)
);

-- A part of a migration that is migrated, fails and is retried by itself: of a conversations migration, a brand.
CREATE TABLE carryover.units (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  migration_id bigint NOT NULL REFERENCES carryover.migrations (id),
  key          text NOT NULL,
  name         text NOT NULL DEFAULT '',
  UNIQUE (migration_id, key)
);

-- What a poll of the status answers, written in the transaction that changes a status. A row outlives the migration's data, so that the version
-- only grows.
CREATE TABLE carryover.status_documents (
  kind          text NOT NULL,
  subject       text NOT NULL,
  document      text NOT NULL,
  version       bigint NOT NULL,
  changed_at    timestamptz NOT NULL,
  -- What the kind counts beside the document, so that one unit's change reads no other unit. It holds only for the version that it names.
  tally         jsonb,
  tally_version bigint,
  PRIMARY KEY (kind, subject)
);
-- Migrations are listed newest change first. With 100,000 of them a page took 130 ms without it, and half a millisecond with it.
CREATE INDEX status_documents_changed ON carryover.status_documents (kind, changed_at DESC, subject DESC);

-- What the API was asked and Temporal must hear, written down before it is answered.
CREATE TABLE carryover.workflow_messages (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL,
  subject      text NOT NULL,
  workflow_id  text NOT NULL,
  -- The signal that the workflow gets.
  signal       text NOT NULL,
  -- The key of the unit that it is about; null where it is about the whole migration.
  unit         text,
  payload      jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz,
  tries        integer NOT NULL DEFAULT 0,
  outcome      text,
  -- Claimed until this time, and after a failure not tried before it: what cannot be delivered holds up nothing else.
  next_try_at  timestamptz NOT NULL DEFAULT now(),
  -- Temporal will never take it: kept for operators.
  refused_at   timestamptz
);
CREATE INDEX workflow_messages_open ON carryover.workflow_messages (id) WHERE delivered_at IS NULL AND refused_at IS NULL;
CREATE INDEX workflow_messages_workflow ON carryover.workflow_messages (workflow_id, id);
CREATE INDEX workflow_messages_refused ON carryover.workflow_messages (refused_at) WHERE refused_at IS NOT NULL;

-- Who asked for what. An entry about no single migration has an empty kind and subject.
CREATE TABLE carryover.audit_entries (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at             timestamptz NOT NULL DEFAULT now(),
  kind           text NOT NULL,
  subject        text NOT NULL,
  actor          text NOT NULL,
  role           text NOT NULL,
  action         text NOT NULL,
  remote_address text,
  details        jsonb,
  -- How often the same was asked for with no effect of its own, and when last: counted on the entry of the first.
  times          integer NOT NULL DEFAULT 1,
  last_at        timestamptz
);
CREATE INDEX audit_entries_migration ON carryover.audit_entries (kind, subject, id);

-- Work that has failed and is being retried, for operators: written at growing intervals, gone when the work is done. A row that is left behind
-- by a run that was ended by hand expires.
CREATE TABLE carryover.retries (
  kind        text NOT NULL,
  subject     text NOT NULL,
  -- The activity, which keeps both through all its attempts.
  run_id      text NOT NULL,
  activity_id text NOT NULL,
  activity    text NOT NULL,
  unit        text,
  item        text,
  phase       text,
  type        text NOT NULL,
  message     text NOT NULL,
  attempt     integer NOT NULL,
  since       timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  next_try_at timestamptz(6) NOT NULL,
  expires_at  timestamptz(6) NOT NULL,
  PRIMARY KEY (kind, subject, run_id, activity_id)
);

-- Migrations whose apps ask how far they are, and when they last did: those go first. Nothing is lost with it.
CREATE TABLE carryover.app_polls (
  kind      text NOT NULL,
  subject   text NOT NULL,
  polled_at timestamptz NOT NULL,
  PRIMARY KEY (kind, subject)
) WITH (fillfactor = 70);

-- Work ------------------------------------------------------------------------------------------------------------------------------

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
  -- It reads again what earlier digests counted: until it is completed, tallies do not say what is held.
  again          boolean NOT NULL DEFAULT false,
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

-- Proof -----------------------------------------------------------------------------------------------------------------------------

-- The source read again and compared with what is held. The id is the run of its phases.
CREATE TABLE carryover.verifications (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind     text NOT NULL,
  subject  text NOT NULL,
  -- What is missing or different is imported again, and everything is compared once more.
  repair   boolean NOT NULL,
  -- running, equal, unequal, failed
  state    text NOT NULL DEFAULT 'running',
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  failure  jsonb
);
-- One at a time for a migration.
CREATE UNIQUE INDEX verifications_running ON carryover.verifications (kind, subject) WHERE state = 'running';
CREATE INDEX verifications_migration ON carryover.verifications (kind, subject, id);

-- A unit's turn in a verification: pass 1, and after a repair pass 2.
CREATE TABLE carryover.verification_units (
  verification_id bigint NOT NULL REFERENCES carryover.verifications (id) ON DELETE CASCADE,
  unit_id         bigint NOT NULL REFERENCES carryover.units (id) ON DELETE CASCADE,
  pass            integer NOT NULL,
  -- False for a unit whose import has not read everything: there is nothing to compare yet.
  imported        boolean NOT NULL,
  -- What of the unit is compared: `recent` (only that had been read) or `all`.
  part            text NOT NULL DEFAULT 'all',
  began_at        timestamptz NOT NULL DEFAULT now(),
  -- Where the unit's following stood then. What is followed later is left out.
  followed_before bigint NOT NULL DEFAULT 0,
  ended_at        timestamptz,
  -- Counts and digests of both sides, once the pass has ended.
  compared        jsonb,
  PRIMARY KEY (verification_id, unit_id, pass)
);

CREATE TABLE carryover.verification_differences (
  verification_id bigint NOT NULL,
  unit_id         bigint NOT NULL,
  pass            integer NOT NULL,
  source_table    text NOT NULL,
  -- missing, extra, different, new
  difference      text NOT NULL,
  count           bigint NOT NULL,
  -- Up to ten: ids and what differs, never contents.
  samples         jsonb NOT NULL,
  PRIMARY KEY (verification_id, unit_id, pass, source_table, difference),
  FOREIGN KEY (verification_id, unit_id, pass) REFERENCES carryover.verification_units (verification_id, unit_id, pass) ON DELETE CASCADE
);

-- What a migration that ended well was found to be, signed. One is current until a newer one is made, a verification finds differences, or a
-- reset removes what it speaks of.
CREATE TABLE carryover.certificates (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind           text NOT NULL,
  subject        text NOT NULL,
  workflow_id    text NOT NULL,
  run_id         text NOT NULL,
  made_at        timestamptz NOT NULL DEFAULT now(),
  -- The file's text, byte for byte.
  document       text NOT NULL,
  superseded_at  timestamptz,
  -- newer-certificate, differences-found
  superseded_why text,
  revoked_at     timestamptz,
  -- The token's `sub` of who asked for the reset.
  revoked_by     text
);
-- A run has one current certificate.
CREATE UNIQUE INDEX certificates_current ON carryover.certificates (kind, subject, workflow_id, run_id)
  WHERE superseded_at IS NULL AND revoked_at IS NULL;
CREATE INDEX certificates_migration ON carryover.certificates (kind, subject, id);

-- The helpdesk ----------------------------------------------------------------------------------------------------------------------

CREATE TABLE accounts (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id         text NOT NULL UNIQUE,
  name              text NOT NULL,
  email             text,
  locale            text,
  source_created_at text,
  migration         jsonb
);

CREATE TABLE brands (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id  bigint NOT NULL REFERENCES accounts (id),
  source_id   text NOT NULL UNIQUE,
  name        text NOT NULL,
  website_url text,
  migration   jsonb,
  -- Null for a brand that is not migrated.
  unit_id     bigint UNIQUE REFERENCES carryover.units (id)
);
CREATE INDEX brands_account ON brands (account_id);

CREATE TABLE channels (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  brand_id     bigint NOT NULL REFERENCES brands (id),
  source_id    text NOT NULL UNIQUE,
  type         text NOT NULL,
  name         text,
  phone_number text,
  migration    jsonb
);
CREATE INDEX channels_brand ON channels (brand_id);
CREATE INDEX channels_phone_number ON channels (phone_number) WHERE phone_number IS NOT NULL;

-- One row for a number of an account, however many of its channels have it: the number is ordered once.
CREATE TABLE phone_portings (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id    bigint NOT NULL REFERENCES accounts (id),
  channel_id    bigint NOT NULL REFERENCES channels (id),
  phone_number  text NOT NULL,
  port_order_id text UNIQUE,
  status        text NOT NULL DEFAULT 'pending',
  reason        text,
  status_at     timestamptz NOT NULL DEFAULT now(),
  -- When the carrier was asked for an order whose answer is not written down here: there may be one.
  asked_at      timestamptz,
  -- The number is ported, and since then its last messages at the source are being brought. Its channels are ready once that is null again.
  catching_up_since timestamptz,
  attempt       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, phone_number)
);
CREATE INDEX phone_portings_channel ON phone_portings (channel_id);
CREATE INDEX phone_portings_catching_up ON phone_portings (id) WHERE catching_up_since IS NOT NULL;

-- What is imported has no foreign keys, from here to `attachments`: a row comes in only by a join with what it refers to, and a trigger for every row
-- would be the largest cost of an import (docs/decisions).
CREATE TABLE contacts (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id     bigint NOT NULL,
  identity       text NOT NULL,
  name           text,
  -- Which source thread gave the name: a later one with a name replaces it, whatever order they are read in.
  name_at        timestamptz,
  name_source_id text COLLATE "C",
  -- The name that the source gave last. A name that differs from it is a person's, and imports keep it.
  source_name    text,
  UNIQUE (account_id, identity)
);

CREATE TABLE message_threads (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  brand_id        bigint NOT NULL,
  contact_id      bigint NOT NULL,
  -- Source threads with the same key are this thread; the index is what keeps two from being made at the same moment.
  pair_key        text NOT NULL,
  c1              text NOT NULL,
  c2              text NOT NULL,
  status          text NOT NULL,
  message_count   bigint NOT NULL DEFAULT 0,
  last_message_at timestamptz,
  UNIQUE (brand_id, pair_key)
)
-- Every row is updated once its messages are counted. A page with room keeps the new version, which then costs no index anything.
WITH (fillfactor = 50);
CREATE INDEX message_threads_contact ON message_threads (contact_id);

CREATE TABLE thread_sources (
  source_id text COLLATE "C" PRIMARY KEY,
  thread_id bigint NOT NULL,
  kind      text NOT NULL,
  -- What the source gave.
  status    text NOT NULL,
  original  jsonb,
  -- Threads are read in both phases. What a phase's check compares is what that phase read last.
  phase     text
);
CREATE INDEX thread_sources_thread ON thread_sources (thread_id);

CREATE TABLE messages (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thread_id        bigint NOT NULL,
  source_id        text COLLATE "C" NOT NULL UNIQUE,
  direction        text NOT NULL,
  kind             text NOT NULL,
  author           text,
  body             text,
  sent_at          timestamptz NOT NULL,
  telephony        jsonb,
  metadata         jsonb,
  original         jsonb,
  -- Which copy of the message this is: of several under one source_id the smallest key wins, then the smaller thread.
  source_key       text COLLATE "C" NOT NULL,
  source_thread_id text COLLATE "C" NOT NULL
);
CREATE INDEX messages_thread ON messages (thread_id, sent_at);
-- A message is found under its key by the id with which the key ends. Only those whose key ends otherwise are in here.
CREATE INDEX messages_irregular_key ON messages USING hash (source_key) WHERE split_part(source_key, '#', 2) <> source_id;

CREATE TABLE attachments (
  id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id            bigint NOT NULL,
  brand_id              bigint NOT NULL,
  source_id             text COLLATE "C" NOT NULL,
  source_url            text NOT NULL,
  stored_url            text,
  -- What the source said, and after the file was fetched what it is.
  declared_content_type text,
  content_type          text,
  file_name             text,
  size                  bigint,
  sha256                text,
  error                 jsonb,
  tries                 integer NOT NULL DEFAULT 0,
  tried_at              timestamptz,
  -- Since when it waits for being fetched: when the import brought it, or somebody asked for it again.
  waiting_since         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (message_id, source_id)
);
-- A file waits, is stored, or has failed for good; each state has an index by brand. What seeks those that wait walks over no others: with
-- 200,000 that had failed for good a claim took 1.3 s. No index holds files in all states: the planner would take it for any of them where its
-- statistics are older than an import.
-- Of those that wait between two tries each number of tries is a range of its own, which ends where the pause is not over.
CREATE INDEX attachments_to_fetch ON attachments (brand_id, tries, tried_at, id)
  WHERE stored_url IS NULL AND (error ->> 'final')::boolean IS NOT TRUE;
CREATE INDEX attachments_stored ON attachments (brand_id) WHERE stored_url IS NOT NULL;
CREATE INDEX attachments_failed ON attachments (id) WHERE stored_url IS NULL AND (error ->> 'final')::boolean;
-- The conditions of these two say the same in other words, so that none is taken in the place of another.
CREATE INDEX attachments_failed_brand ON attachments (brand_id, id)
  WHERE stored_url IS NULL AND coalesce((error ->> 'final')::boolean, false);
CREATE INDEX attachments_waiting ON attachments (waiting_since)
  WHERE stored_url IS NULL AND NOT coalesce((error ->> 'final')::boolean, false);

CREATE TABLE quarantined_records (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_source_id text NOT NULL,
  brand_id          bigint NOT NULL REFERENCES brands (id),
  source_table      text NOT NULL,
  source_key        text NOT NULL,
  -- source_key may be longer than an index takes.
  source_key_hash   text NOT NULL,
  range_key         text COLLATE "C" NOT NULL,
  source_id         text,
  -- SHA-256 of the id, or of the key where there is none: copies of one message share it.
  identity          text NOT NULL,
  reason            text NOT NULL,
  raw               jsonb,
  quarantined_at    timestamptz NOT NULL DEFAULT now(),
  -- The phase that read it last.
  phase             text,
  -- Somebody decided that it stays out: it needs no person any more. The waiver goes with the row, once the record can be taken.
  waived_at         timestamptz,
  -- The token's `sub`.
  waived_by         text,
  waived_reason     text,
  UNIQUE (source_table, source_key_hash),
  CONSTRAINT quarantined_records_waiver_is_whole CHECK (num_nulls(waived_at, waived_by, waived_reason) IN (0, 3))
);
CREATE INDEX quarantined_records_account ON quarantined_records (account_source_id, source_table, identity);
CREATE INDEX quarantined_records_brand ON quarantined_records (brand_id, source_table);
-- A quarantined message is shown under its thread's record. The thread's id may be longer than a tree's index takes.
CREATE INDEX quarantined_records_thread ON quarantined_records USING hash (range_key) WHERE source_table = 'threads';
-- A thread that arrives takes its messages out of quarantine.
CREATE INDEX quarantined_records_of_thread ON quarantined_records USING hash ((left(source_key, -1 - length(range_key))))
  WHERE source_table = 'messages';

-- What only migrations of conversations keep ----------------------------------------------------------------------------------------

-- Copies of a message that were read and do not stand for it, because another copy does. They are what makes
-- "read = held + quarantined + superseded" an equation for every brand.
CREATE TABLE carryover.superseded_copies (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  brand_id           bigint NOT NULL REFERENCES brands (id),
  source_id          text NOT NULL,
  source_key         text NOT NULL,
  source_key_hash    text NOT NULL,
  -- What reading the copy added to the digests; zero where it was quarantined and never counted there.
  digest             bigint NOT NULL DEFAULT 0,
  attachments        integer NOT NULL DEFAULT 0,
  attachments_digest numeric NOT NULL DEFAULT 0,
  UNIQUE (brand_id, source_key_hash)
);
-- A copy that has moved to another brand is found in the brand that it has left.
CREATE INDEX superseded_copies_key ON carryover.superseded_copies (source_key_hash);
-- The copies of a message that is gone: the next one takes its place. An id may be longer than a tree's index takes.
CREATE INDEX superseded_copies_message ON carryover.superseded_copies USING hash (source_id);
-- Copies that could not be taken may be taken once their thread has come.
CREATE INDEX superseded_copies_refused ON carryover.superseded_copies (brand_id) WHERE digest = 0;

-- Which rows of the store the source has shown in a verification; kept until the pass has ended, so that a crash forgets none. No foreign key: a
-- trigger for every mark would cost more than the mark.
CREATE TABLE carryover.verification_marks (
  verification_id bigint NOT NULL,
  brand_id        bigint NOT NULL,
  kind            text NOT NULL,
  row_key         text COLLATE "C" NOT NULL,
  -- Of kind `messages`: the ids of a page's messages, with commas between, and how many there are.
  message_ids     text,
  messages        integer NOT NULL DEFAULT 0,
  PRIMARY KEY (verification_id, brand_id, kind, row_key)
);

-- What following the source has brought to a brand.
CREATE TABLE carryover.followings (
  brand_id  bigint PRIMARY KEY REFERENCES brands (id),
  -- Numbers the transactions that did. What was read before one may be outdated after it.
  applied   bigint NOT NULL DEFAULT 0,
  -- The last one that took a source thread away from its thread.
  displaced bigint NOT NULL DEFAULT 0,
  added     bigint NOT NULL DEFAULT 0,
  changed   bigint NOT NULL DEFAULT 0,
  removed   bigint NOT NULL DEFAULT 0,
  last_at   timestamptz
);

-- Records whose latest state following has brought, while an import or a repair may still come with an older one: it leaves them out.
CREATE TABLE carryover.followed_keys (
  brand_id     bigint NOT NULL,
  source_table text NOT NULL,
  -- UTF-8, which is DynamoDB's order, and SHA-256 of the hash key.
  range_key    bytea NOT NULL,
  hash_key     bytea NOT NULL,
  applied      bigint NOT NULL,
  PRIMARY KEY (brand_id, source_table, range_key, hash_key)
);

-- Hints that cannot be applied yet: the migration is paused, its import is not planned, or the rest of a large thread is left to do.
CREATE TABLE carryover.waiting_hints (
  brand_id     bigint NOT NULL,
  source_table text NOT NULL,
  -- Hash of the key, and the key: a JSON array, since it may hold characters that PostgreSQL cannot.
  key_hash     text NOT NULL,
  key          text NOT NULL,
  -- Of a source thread: the thread that it has left, whose messages must be looked at. 0 for none.
  left_thread  bigint NOT NULL DEFAULT 0,
  since        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (brand_id, source_table, key_hash, left_thread)
);

-- Records that were here and that the source has removed since. No contents.
CREATE TABLE carryover.removed_records (
  brand_id        bigint NOT NULL REFERENCES brands (id),
  source_table    text NOT NULL,
  -- As in quarantined_records.
  source_key      text NOT NULL,
  source_key_hash text NOT NULL,
  removed_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (brand_id, source_table, source_key_hash)
);

-- Folders of the object store whose attachment is gone.
CREATE TABLE carryover.files_to_remove (
  folder text PRIMARY KEY,
  -- Later than now where somebody may still be fetching the file.
  due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX files_to_remove_due ON carryover.files_to_remove (due_at);

-- The carrier's callbacks by their webhook id, so that a replayed one is known.
CREATE TABLE carryover.porting_callbacks (
  webhook_id    text PRIMARY KEY,
  port_order_id text NOT NULL,
  body          jsonb NOT NULL,
  received_at   timestamptz NOT NULL DEFAULT now()
);
-- The carrier's words for a piece of news are looked up by its order; whose news it is, by the channel it names.
CREATE INDEX porting_callbacks_order ON carryover.porting_callbacks (port_order_id);
CREATE INDEX porting_callbacks_channel ON carryover.porting_callbacks ((body ->> 'channelId'));

-- Following -------------------------------------------------------------------------------------------------------------------------

-- What changes at the source is followed from the start of a migration until it is finished.

-- The accounts that are or were followed, as the source calls them.
CREATE TABLE carryover.followed_accounts (
  account_id text PRIMARY KEY,
  -- stream, poll
  by         text NOT NULL,
  -- Why not by the stream.
  by_reason  text,
  since      timestamptz NOT NULL DEFAULT now(),
  -- Null while it is followed.
  until      timestamptz,
  -- Somebody, or the time, has it finished: {reason, by, since, passes, verification, openPorts}; the words are in finishing.ts. Stays afterwards.
  finishing  jsonb,
  -- A port was ordered again after it was finished: whoever orders it has the account followed first.
  again      boolean NOT NULL DEFAULT false
);

-- The brands whose changes are looked for, as the source calls them.
CREATE TABLE carryover.followed_brands (
  brand_id   text PRIMARY KEY,
  account_id text NOT NULL REFERENCES carryover.followed_accounts (account_id) ON DELETE CASCADE,
  -- Grows from brand to brand in the order of their commits.
  joined     bigint NOT NULL,
  -- Changes were missed: a verification with repair finds them. {reason, until}; the reasons are in gaps.ts.
  gap        jsonb
);
CREATE INDEX followed_brands_account ON carryover.followed_brands (account_id);
CREATE INDEX followed_brands_joined ON carryover.followed_brands (joined);
CREATE SEQUENCE carryover.followed_brands_joined_seq OWNED BY carryover.followed_brands.joined;

-- A source table whose stream is followed: from the first brand that is followed by it to the last.
CREATE TABLE carryover.follow_tables (
  -- threads, messages
  source_table text PRIMARY KEY,
  stream_arn   text NOT NULL,
  -- Of the brand that joined last. Positions move only while it is the one that their follower knows.
  joined       bigint NOT NULL DEFAULT 0,
  -- Grows with every claim; positions move only under the lease of their follower.
  lease        bigint NOT NULL DEFAULT 0,
  leased_by    text,
  leased_until timestamptz
);

-- How far each shard of a stream is read.
CREATE TABLE carryover.follow_shards (
  source_table text NOT NULL REFERENCES carryover.follow_tables (source_table) ON DELETE CASCADE,
  shard_id     text NOT NULL,
  parent_id    text,
  -- The sequence number of the last record that was read; null before the first.
  position     text,
  -- All changes in the shard before this time are read. The stream keeps what comes later for 24 hours.
  read_until   timestamptz NOT NULL,
  -- Nothing is left to read of it.
  is_read      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (source_table, shard_id)
);

-- The brands that are followed by polling, and how far.
CREATE TABLE carryover.polled_brands (
  brand_id       text PRIMARY KEY REFERENCES carryover.followed_brands (brand_id) ON DELETE CASCADE,
  -- The newest times that were read in the indexes by time. A poll reads what is newer, and 15 minutes more.
  messages_until timestamptz NOT NULL,
  threads_until  timestamptz NOT NULL,
  next_at        timestamptz NOT NULL,
  -- Between the last poll and the next.
  interval_ms    integer NOT NULL,
  -- All that the source had by then was looked for.
  polled_at      timestamptz,
  -- Why the source could not be asked the last time: {type, message, at}.
  failure        jsonb
);
CREATE INDEX polled_brands_due ON carryover.polled_brands (next_at);

-- Digests ---------------------------------------------------------------------------------------------------------------------------

-- The version of the digests' definition. A migration that changes what a digest is made of raises it here, and DIGEST_VERSION in
-- domain/conversations/records/digest.ts with it: a phase whose sums are of another version is read again.
CREATE FUNCTION digest_version() RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN 2;

-- Sums of digests are what a phase is checked with; domain/conversations/records/digest.ts computes the same while reading. Hashes of whole
-- records are for certificates: the digest is a hash's first 8 bytes.
CREATE FUNCTION digest_in(hash bytea) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ('x' || encode(substr(hash, 1, 8), 'hex'))::bit(64)::bigint;

-- Every message is hashed once more when its brand is checked, so it should be cheap: lengths before the texts tell what belongs to what, as
-- quotes and escapes would, in a third of the time.
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

CREATE FUNCTION message_digest(m messages) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE RETURN digest_in(message_hash(m));

CREATE FUNCTION attachment_digest(message_source_id text, a attachments) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE RETURN digest_in(attachment_hash(message_source_id, a));

CREATE FUNCTION thread_digest(s thread_sources, t message_threads) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE RETURN digest_in(thread_hash(s, t));
