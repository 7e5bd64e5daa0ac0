-- The helpdesk store, as contracts/store.md fixes it, and beside it what a migration must remember.
-- Text that is compared in byte order, as DynamoDB does, has COLLATE "C".

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
  migration   jsonb
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
  attempt       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, phone_number)
);
CREATE INDEX phone_portings_channel ON phone_portings (channel_id);

CREATE TABLE contacts (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id     bigint NOT NULL REFERENCES accounts (id),
  identity       text NOT NULL,
  name           text,
  -- Which source thread gave the name: a later one with a name replaces it, whatever order they are read in.
  name_at        timestamptz,
  name_source_id text COLLATE "C",
  UNIQUE (account_id, identity)
);

CREATE TABLE message_threads (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  brand_id        bigint NOT NULL REFERENCES brands (id),
  contact_id      bigint NOT NULL REFERENCES contacts (id),
  -- Source threads with the same key are this thread; the index is what keeps two from being made at the same moment.
  pair_key        text NOT NULL,
  c1              text NOT NULL,
  c2              text NOT NULL,
  status          text NOT NULL,
  message_count   bigint NOT NULL DEFAULT 0,
  last_message_at timestamptz,
  UNIQUE (brand_id, pair_key)
);
CREATE INDEX message_threads_contact ON message_threads (contact_id);

CREATE TABLE thread_sources (
  source_id text COLLATE "C" PRIMARY KEY,
  thread_id bigint NOT NULL REFERENCES message_threads (id),
  kind      text NOT NULL,
  status    text NOT NULL,
  original  jsonb
);
CREATE INDEX thread_sources_thread ON thread_sources (thread_id);

-- No foreign key to message_threads: rows come in only by a join with it, and a trigger for every row would be the
-- largest cost of an import (docs/decisions).
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
  UNIQUE (message_id, source_id)
);
CREATE INDEX attachments_to_fetch ON attachments (brand_id, id) WHERE stored_url IS NULL;

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
  UNIQUE (source_table, source_key_hash)
);
CREATE INDEX quarantined_records_account ON quarantined_records (account_source_id, source_table, identity);
CREATE INDEX quarantined_records_brand ON quarantined_records (brand_id, source_table);

-- Copies of a message that were read and do not stand for it, because another copy does. They are what makes
-- "read = held + quarantined + superseded" an equation for every brand.
CREATE TABLE superseded_copies (
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

-- A phase of a brand's import; exists once its slices are planned.
CREATE TABLE import_phases (
  brand_id     bigint NOT NULL REFERENCES brands (id),
  phase        text NOT NULL,
  planned_at   timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  -- The check's counts and digests, both sides, as they were found equal.
  checked      jsonb,
  PRIMARY KEY (brand_id, phase)
);

-- A range of keys of one source table or index, read from the newest end. Keys are JSON text, since a key may hold
-- characters that PostgreSQL cannot. The cursor and the rows of a batch are committed together.
CREATE TABLE import_slices (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  brand_id           bigint NOT NULL,
  phase              text NOT NULL,
  source             text NOT NULL,
  -- Inclusive lower end, exclusive upper end; null is open.
  lower_key          text,
  upper_key          text,
  -- Where reading goes on: DynamoDB's LastEvaluatedKey as JSON text.
  cursor             text,
  done               boolean NOT NULL DEFAULT false,
  -- Grows with every claim; a batch commits only under the lease it was claimed with.
  lease              bigint NOT NULL DEFAULT 0,
  leased_by          text,
  leased_until       timestamptz,
  batches            bigint NOT NULL DEFAULT 0,
  -- About how many records the slice holds, for progress only.
  estimate           bigint NOT NULL DEFAULT 0,
  read               bigint NOT NULL DEFAULT 0,
  taken              bigint NOT NULL DEFAULT 0,
  quarantined        bigint NOT NULL DEFAULT 0,
  digest             numeric NOT NULL DEFAULT 0,
  attachments        bigint NOT NULL DEFAULT 0,
  attachments_digest numeric NOT NULL DEFAULT 0,
  updated_at         timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (brand_id, phase) REFERENCES import_phases (brand_id, phase)
);
CREATE INDEX import_slices_open ON import_slices (brand_id, phase, source, id) WHERE NOT done;
CREATE INDEX import_slices_phase ON import_slices (brand_id, phase);

-- What check-migration-status answers, written in the transaction that changes a status. A row outlives its account's
-- data, so that the version only grows.
CREATE TABLE status_documents (
  account_source_id text PRIMARY KEY,
  document          text NOT NULL,
  version           bigint NOT NULL,
  changed_at        timestamptz NOT NULL
);

-- What the API was asked and Temporal must hear, written down before it is answered.
CREATE TABLE workflow_messages (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_source_id text NOT NULL,
  workflow_id       text NOT NULL,
  kind              text NOT NULL,
  payload           jsonb NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now(),
  delivered_at      timestamptz,
  tries             integer NOT NULL DEFAULT 0,
  outcome           text
);
CREATE INDEX workflow_messages_open ON workflow_messages (id) WHERE delivered_at IS NULL;

-- Callbacks by their webhook id, so that a replayed one is known.
CREATE TABLE porting_callbacks (
  webhook_id    text PRIMARY KEY,
  port_order_id text NOT NULL,
  body          jsonb NOT NULL,
  received_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit_entries (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at                timestamptz NOT NULL DEFAULT now(),
  account_source_id text NOT NULL,
  actor             text NOT NULL,
  role              text NOT NULL,
  action            text NOT NULL,
  remote_address    text,
  details           jsonb
);
CREATE INDEX audit_entries_account ON audit_entries (account_source_id, id);

-- Sums of these are the digests that a phase is checked with; domain/conversations/digest.ts computes the same while reading.
CREATE FUNCTION digest_of(content text) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN ('x' || left(encode(sha256(convert_to(content, 'UTF8')), 'hex'), 16))::bit(64)::bigint;

CREATE FUNCTION message_digest(m messages) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN digest_of(json_build_array(m.source_id, m.source_thread_id, m.source_key, m.direction, m.kind, m.author, m.body,
    (extract(epoch FROM m.sent_at) * 1000000)::bigint, m.telephony, m.metadata, m.original)::text);

CREATE FUNCTION attachment_digest(message_source_id text, a attachments) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN digest_of(json_build_array(message_source_id, a.source_id, a.source_url, a.declared_content_type, a.file_name)::text);

CREATE FUNCTION thread_digest(s thread_sources, t message_threads) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN digest_of(json_build_array(s.source_id, s.kind, s.status, t.c1, t.c2)::text);
