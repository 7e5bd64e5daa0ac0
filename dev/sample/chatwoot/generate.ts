import type pg from 'pg';
import type { InboxType } from '../../../domain/inbox/inbox-type.js';

export interface ChatwootSample {
  readonly seed: number;
  /** People who have written to the source; each has one to three conversations. */
  readonly contacts: number;
  readonly source: InboxType;
  readonly destination: InboxType;
  /** Messages of a conversation, on average. */
  readonly messages?: number;
  readonly timezone?: string | null;
}

/** Ids that are the same in every sample. Accounts 1 and 2; whatever belongs to account 2 or inbox 3 must never change. */
export const SAMPLE = {
  account: '1',
  source: '1',
  destination: '2',
  other: '3',
  administrator: 'token-of-administrator',
  agent: 'token-of-agent',
} as const;

/**
 * Fills an empty Chatwoot database with a business that has two WhatsApp inboxes and another one. Set-based and seeded: the same options give the
 * same rows, except for values that PostgreSQL generates.
 *
 * There are people of all sorts: known to the destination as the same contact or as another one, in the source twice, with the other form of a
 * Brazilian number in the destination, groups, lids, business-scoped ids, without any identity; with conversations that lack their contact inbox, or
 * name another's.
 */
export async function generateChatwoot(pool: pg.Pool, sample: ChatwootSample): Promise<void> {
  const { seed, contacts, source, destination, messages = 6, timezone = 'America/Sao_Paulo' } = sample;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(RANDOM);
    await client.query(
      `SELECT set_config('sample.seed', $1, true), set_config('sample.contacts', $2, true), set_config('sample.source', $3, true),
         set_config('sample.destination', $4, true), set_config('sample.messages', $5, true), set_config('sample.zone', $6, true)`,
      [String(seed), String(contacts), source, destination, String(messages), timezone ?? ''],
    );
    for (const statements of [BUSINESS, PEOPLE, TALKS, HISTORY, FIGURES]) await client.query(statements);
    await client.query('COMMIT');
    await client.query('ANALYZE');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const RANDOM = `
CREATE FUNCTION pg_temp.setting(name text) RETURNS text LANGUAGE sql STABLE AS $f$ SELECT current_setting('sample.' || name) $f$;
-- From 0 to 1, the same for the same seed.
CREATE FUNCTION pg_temp.chance(salt text, n bigint) RETURNS double precision LANGUAGE sql STABLE AS $f$
  SELECT ('x' || substr(md5(pg_temp.setting('seed') || salt || n), 1, 8))::bit(32)::bigint / 4294967296.0
$f$;
CREATE FUNCTION pg_temp.unguessable(salt text, n bigint) RETURNS text LANGUAGE sql STABLE AS $f$
  SELECT md5(pg_temp.setting('seed') || salt || n)::uuid::text
$f$;
CREATE FUNCTION pg_temp.form(kind text, digits text, salt text, n bigint) RETURNS text LANGUAGE sql STABLE AS $f$
  SELECT CASE kind WHEN 'evolution' THEN pg_temp.unguessable(salt, n) WHEN 'twilio' THEN 'whatsapp:+' || digits ELSE digits END
$f$;
CREATE FUNCTION pg_temp.moment(n bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $f$
  SELECT timestamp '2026-01-05 08:00' + n * interval '7 minutes 13.123457 seconds'
$f$;`;

const channel = (id: number, setting: string) => `
INSERT INTO channel_api (id, account_id, created_at, updated_at, identifier, additional_attributes)
  SELECT ${id}, 1, pg_temp.moment(0), pg_temp.moment(0), 'api-${id}', '{"evolution_instance_name": "store-${id}"}' WHERE pg_temp.setting('${setting}') = 'evolution';
INSERT INTO channel_whatsapp (id, account_id, phone_number, provider, created_at, updated_at)
  SELECT ${id}, 1, '+5511300000${id}', CASE pg_temp.setting('${setting}') WHEN 'cloud' THEN 'whatsapp_cloud' ELSE 'default' END, pg_temp.moment(0), pg_temp.moment(0)
  WHERE pg_temp.setting('${setting}') IN ('cloud', 'dialog');
INSERT INTO channel_twilio_sms (id, account_id, phone_number, auth_token, account_sid, medium, created_at, updated_at)
  SELECT ${id}, 1, 'whatsapp:+5511300000${id}', 'auth', 'AC${id}', 1, pg_temp.moment(0), pg_temp.moment(0) WHERE pg_temp.setting('${setting}') = 'twilio';
INSERT INTO inboxes (id, channel_id, account_id, name, channel_type, created_at, updated_at)
  SELECT ${id}, ${id}, 1, 'WhatsApp ${id}', CASE pg_temp.setting('${setting}') WHEN 'evolution' THEN 'Channel::Api' WHEN 'twilio' THEN 'Channel::TwilioSms' ELSE 'Channel::Whatsapp' END,
    pg_temp.moment(0), pg_temp.moment(0);`;

const BUSINESS = `
INSERT INTO accounts (id, name, created_at, updated_at, settings)
  SELECT id, name, pg_temp.moment(0), pg_temp.moment(0),
    CASE WHEN id = 1 AND pg_temp.setting('zone') <> '' THEN jsonb_build_object('reporting_timezone', pg_temp.setting('zone')) ELSE '{}' END
  FROM (VALUES (1, 'Corner Bakery'), (2, 'Another Business')) AS a(id, name);
INSERT INTO users (id, name, email, uid, created_at, updated_at)
  SELECT n, 'Agent ' || n, 'agent' || n || '@example.com', 'agent' || n, pg_temp.moment(0), pg_temp.moment(0) FROM generate_series(1, 6) AS n;
INSERT INTO account_users (account_id, user_id, role, created_at, updated_at)
  SELECT CASE WHEN n = 6 THEN 2 ELSE 1 END, n, CASE WHEN n IN (1, 6) THEN 1 ELSE 0 END, pg_temp.moment(0), pg_temp.moment(0) FROM generate_series(1, 6) AS n;
INSERT INTO access_tokens (owner_type, owner_id, token, created_at, updated_at) VALUES
  ('User', 1, '${SAMPLE.administrator}', now(), now()), ('User', 2, '${SAMPLE.agent}', now(), now()), ('User', 6, 'token-of-stranger', now(), now()),
  ('AgentBot', 1, 'token-of-bot', now(), now());
INSERT INTO teams (id, name, account_id, created_at, updated_at) VALUES (1, 'sales', 1, pg_temp.moment(0), pg_temp.moment(0));
INSERT INTO team_members (team_id, user_id, created_at, updated_at) VALUES (1, 4, pg_temp.moment(0), pg_temp.moment(0));
${channel(1, 'source')}${channel(2, 'destination')}
INSERT INTO inboxes (id, channel_id, account_id, name, channel_type, created_at, updated_at) VALUES
  (3, 3, 1, 'Website', 'Channel::WebWidget', pg_temp.moment(0), pg_temp.moment(0)), (4, 4, 2, 'Elsewhere', 'Channel::WebWidget', pg_temp.moment(0), pg_temp.moment(0));
INSERT INTO inbox_members (user_id, inbox_id, created_at, updated_at)
  SELECT n, 1, pg_temp.moment(0), pg_temp.moment(0) FROM generate_series(2, 5) AS n UNION ALL SELECT 3, 2, pg_temp.moment(0), pg_temp.moment(0);
INSERT INTO companies (id, name, account_id, contacts_count, created_at, updated_at)
  SELECT n, 'Company ' || n, 1, 0, pg_temp.moment(0), pg_temp.moment(0) FROM generate_series(1, 8) AS n;
INSERT INTO tags (id, name, taggings_count) SELECT n, 'label-' || n, 0 FROM generate_series(1, 5) AS n;`;

/** The sorts of people: plausible frequencies, and each occurs in a sample of some hundred. */
const PEOPLE = `
CREATE TEMP TABLE people ON COMMIT DROP AS
SELECT n, s.shape, '55' || (11 + floor(pg_temp.chance('area', n) * 20))::int || '9' || (70000000 + n) AS digits
FROM generate_series(1, pg_temp.setting('contacts')::int) AS n
CROSS JOIN LATERAL (SELECT pg_temp.chance('shape', n) AS c OFFSET 0) AS x
CROSS JOIN LATERAL (SELECT CASE
  WHEN c < 0.06 THEN 'known' WHEN c < 0.16 THEN 'other' WHEN c < 0.20 THEN 'twice' WHEN c < 0.25 THEN 'possible' WHEN c < 0.29 THEN 'group'
  WHEN c < 0.32 THEN 'lid' WHEN c < 0.35 THEN 'nobody' WHEN c < 0.39 THEN 'scoped' WHEN c < 0.42 THEN 'chain' ELSE 'plain' END AS shape) AS s;
INSERT INTO contacts (id, name, email, phone_number, account_id, identifier, custom_attributes, additional_attributes, company_id, blocked, last_activity_at, created_at, updated_at)
SELECT n, 'Person ' || n, CASE WHEN n % 3 = 0 THEN 'p' || n || '@example.com' END,
  CASE WHEN shape IN ('group', 'lid', 'nobody') THEN NULL WHEN n % 5 = 4 AND pg_temp.setting('source') = 'evolution' THEN NULL ELSE '+' || digits END, 1,
  CASE shape WHEN 'group' THEN '1203630' || n || '@g.us' WHEN 'lid' THEN '9988' || n || '@lid' WHEN 'nobody' THEN CASE WHEN n % 2 = 0 THEN 'crm-' || n END
    ELSE CASE WHEN n % 5 = 4 THEN digits || '@s.whatsapp.net' END END,
  jsonb_build_object('plan', CASE WHEN n % 2 = 0 THEN 'gold' END, 'address', jsonb_build_object('zip', n)), jsonb_build_object('city', 'São Paulo'),
  CASE WHEN n % 4 = 0 THEN 1 + n % 8 END, n % 41 = 0, pg_temp.moment(n), pg_temp.moment(n), pg_temp.moment(n)
FROM people;
-- Whom the destination knows as somebody else, and those who are twice in the source.
INSERT INTO contacts (id, name, email, phone_number, account_id, identifier, custom_attributes, company_id, created_at, updated_at)
SELECT 1000000 + n, CASE WHEN n % 2 = 0 THEN 'Known ' || n ELSE ' ' END, CASE WHEN n % 9 = 0 THEN 'k' || n || '@example.com' WHEN n % 9 = 1 THEN repeat(' ', n) END,
  CASE WHEN shape = 'possible' THEN '+' || substr(digits, 1, 4) || substr(digits, 6) WHEN n % 5 = 4 THEN NULL ELSE '+' || digits END, 1,
  CASE WHEN n % 5 = 4 AND shape <> 'possible' THEN '+' || digits || '@s.whatsapp.net' END,
  jsonb_build_object('plan', 'silver', 'address', jsonb_build_object('street', 'Rua ' || n)), CASE WHEN n % 8 = 0 THEN 3 END, pg_temp.moment(n + 5), pg_temp.moment(n + 5)
FROM people WHERE shape IN ('other', 'twice', 'possible', 'chain');
INSERT INTO contacts (id, name, account_id, created_at, updated_at) VALUES (3000000, 'Of another business', 2, pg_temp.moment(0), pg_temp.moment(0));
INSERT INTO contact_inboxes (contact_id, inbox_id, source_id, hmac_verified, pubsub_token, created_at, updated_at)
SELECT contact_id, inbox_id, source_id, hmac, pg_temp.unguessable('pubsub', row_number() OVER (ORDER BY contact_id, inbox_id, source_id)), pg_temp.moment(contact_id % 1000000), pg_temp.moment(contact_id % 1000000)
FROM (
  SELECT n AS contact_id, 1 AS inbox_id, CASE WHEN pg_temp.setting('source') = 'evolution' AND shape = 'group' THEN '1203630' || n || '@g.us'
    WHEN pg_temp.setting('source') <> 'evolution' AND shape IN ('group', 'lid', 'nobody') THEN pg_temp.form(pg_temp.setting('source'), '4917' || (10000000 + n), 'box', n)
    WHEN pg_temp.setting('source') = 'evolution' AND n % 17 = 0 THEN digits ELSE pg_temp.form(pg_temp.setting('source'), digits, 'box', n) END AS source_id, n % 7 = 0 AS hmac FROM people
  -- Evolution makes a contact inbox for each conversation.
  UNION ALL SELECT n, 1, pg_temp.unguessable('again', n), false FROM people WHERE pg_temp.setting('source') = 'evolution' AND n % 3 = 0
  UNION ALL SELECT 1000000 + n, 1, CASE WHEN pg_temp.setting('source') = 'evolution' THEN pg_temp.unguessable('twice', n) ELSE pg_temp.form(pg_temp.setting('source'), '4915' || (10000000 + n), 'twice', n) END, false
    FROM people WHERE shape = 'twice'
  UNION ALL SELECT n, 1, CASE pg_temp.setting('source') WHEN 'twilio' THEN 'whatsapp:US.' || (1000 + n) ELSE 'US.' || (1000 + n) END, false FROM people WHERE shape = 'scoped' AND pg_temp.setting('source') <> 'evolution'
  UNION ALL SELECT n, 2, pg_temp.form(pg_temp.setting('destination'), digits, 'known', n), false FROM people WHERE shape = 'known'
  UNION ALL SELECT 1000000 + n, 2, pg_temp.form(pg_temp.setting('destination'), digits, 'known', n), false FROM people WHERE shape IN ('other', 'chain')
  UNION ALL SELECT 1000000 + n, 2, pg_temp.form(pg_temp.setting('destination'), substr(digits, 1, 4) || substr(digits, 6), 'known', n), false FROM people WHERE shape = 'possible'
  -- The destination's contact is in the source, too: under a number that the destination knows as a third one's.
  UNION ALL SELECT 1000000 + p.n, 1, pg_temp.form(pg_temp.setting('source'), q.digits, 'chain', p.n), false
    FROM people p JOIN LATERAL (SELECT digits FROM people o WHERE o.shape = 'nobody' AND o.n > p.n ORDER BY o.n LIMIT 1) AS q ON pg_temp.setting('source') <> 'evolution' WHERE p.shape = 'chain' AND p.n % 2 = 0
  UNION ALL SELECT n, 3, pg_temp.unguessable('web', n), false FROM people WHERE n % 11 = 0
  UNION ALL SELECT 3000000, 4, 'elsewhere', false
) AS b ON CONFLICT DO NOTHING;
SELECT setval('contacts_id_seq', 4000000);`;

const TALKS = `
INSERT INTO conversations (account_id, inbox_id, status, assignee_id, team_id, contact_id, contact_inbox_id, display_id, created_at, updated_at, last_activity_at, cached_label_list, custom_attributes)
SELECT 1, b.inbox_id, (pg_temp.chance('status', b.id * 10 + k) * 4)::int % 4, nullif((pg_temp.chance('agent', b.id * 10 + k) * 6)::int, 0), CASE WHEN b.id % 6 = 0 THEN 1 END,
  b.contact_id, b.id, 0, pg_temp.moment(b.id), pg_temp.moment(b.id + k), pg_temp.moment(b.id + 2 * k), CASE WHEN b.id % 9 = 0 THEN 'label-1' END, '{}'
FROM contact_inboxes b CROSS JOIN generate_series(1, 3) AS k
WHERE b.inbox_id < 4 AND b.id % 13 <> 0 AND k <= 1 + pg_temp.chance('talks', b.id) * 2.4 ORDER BY b.id, k;
-- What should not be, and is: another's contact inbox, none, a contact that is gone, none at all.
UPDATE conversations SET contact_inbox_id = NULL WHERE inbox_id = 1 AND id % 61 = 0;
UPDATE conversations SET contact_inbox_id = (SELECT min(id) FROM contact_inboxes WHERE inbox_id = 3) WHERE inbox_id = 1 AND id % 67 = 0;
UPDATE conversations SET contact_id = 2999999, contact_inbox_id = NULL WHERE inbox_id = 1 AND id % 113 = 0;
UPDATE conversations SET contact_id = NULL, contact_inbox_id = NULL WHERE inbox_id = 1 AND id % 127 = 0;
INSERT INTO conversations (account_id, inbox_id, contact_id, contact_inbox_id, display_id, created_at, updated_at)
SELECT 2, 4, 3000000, max(id), 0, pg_temp.moment(0), pg_temp.moment(0) FROM contact_inboxes WHERE inbox_id = 4;`;

const HISTORY = `
INSERT INTO messages (content, account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, source_id, content_attributes, created_at, updated_at)
SELECT 'Message ' || k || ' of ' || c.id, c.account_id, CASE WHEN c.inbox_id = 1 AND (c.id + k) % 97 = 0 THEN 3 ELSE c.inbox_id END, c.id, k % 2, CASE k % 2 WHEN 0 THEN 'Contact' ELSE 'User' END,
  CASE k % 2 WHEN 0 THEN c.contact_id ELSE 1 + c.id % 5 END, 'wamid.' || c.id || '.' || k, '"{\\"in_reply_to\\":null}"', c.created_at + k * interval '31.000123 seconds', c.created_at + k * interval '31 seconds'
FROM conversations c CROSS JOIN LATERAL generate_series(1, 1 + (pg_temp.chance('messages', c.id) * 2 * pg_temp.setting('messages')::int)::int) AS k ORDER BY k, c.id;
INSERT INTO attachments (message_id, account_id, file_type, created_at, updated_at) SELECT id, account_id, 0, created_at, created_at FROM messages WHERE id % 11 = 0;
INSERT INTO reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
SELECT (ARRAY['conversation_resolved', 'first_response', 'reply_time', 'conversation_bot_resolved', 'conversation_bot_handoff', 'conversation_opened'])[1 + (c.id + k) % 6],
  (c.id * k) % 997 + 0.5, (c.id * k) % 499, c.account_id, CASE WHEN c.id % 89 = 0 THEN 3 ELSE c.inbox_id END, 2, c.id, c.created_at + k * interval '9 hours', c.created_at
FROM conversations c CROSS JOIN generate_series(1, 3) AS k;
INSERT INTO sla_policies (id, name, account_id, created_at, updated_at) VALUES (1, 'quick', 1, pg_temp.moment(0), pg_temp.moment(0));
INSERT INTO applied_slas (id, account_id, sla_policy_id, conversation_id, created_at, updated_at) SELECT id, account_id, 1, id, created_at, created_at FROM conversations WHERE id % 8 = 0 AND account_id = 1;
INSERT INTO sla_events (applied_sla_id, conversation_id, account_id, sla_policy_id, inbox_id, event_type, created_at, updated_at)
SELECT a.id, c.id, c.account_id, 1, c.inbox_id, 0, c.created_at, c.created_at FROM applied_slas a JOIN conversations c ON c.id = a.conversation_id;
INSERT INTO calls (account_id, inbox_id, conversation_id, contact_id, provider_call_id, direction, created_at, updated_at)
SELECT account_id, inbox_id, id, contact_id, 'call-' || id, 0, created_at, created_at FROM conversations WHERE id % 10 = 0 AND contact_id IS NOT NULL;
INSERT INTO notes (content, account_id, contact_id, user_id, created_at, updated_at) SELECT 'Note on ' || id, account_id, id, 1, created_at, created_at FROM contacts WHERE id % 3 = 0;
INSERT INTO csat_survey_responses (account_id, conversation_id, message_id, rating, contact_id, created_at, updated_at)
SELECT c.account_id, c.id, min(m.id), 1 + c.id % 5, c.contact_id, c.created_at, c.created_at FROM conversations c JOIN messages m ON m.conversation_id = c.id
WHERE c.id % 7 = 0 AND c.contact_id IS NOT NULL GROUP BY c.id;
INSERT INTO taggings (tag_id, taggable_type, taggable_id, context, created_at)
SELECT t.id, 'Contact', c.id, 'labels', pg_temp.moment(0) FROM contacts c CROSS JOIN tags t WHERE c.id % (t.id + 2) = 0;
INSERT INTO taggings (tag_id, taggable_type, taggable_id, context, created_at) SELECT 1, 'Conversation', id, 'labels', created_at FROM conversations WHERE cached_label_list = 'label-1';
INSERT INTO active_storage_blobs (id, key, filename, byte_size, created_at, service_name) SELECT id, 'key' || id, 'p.png', 1, created_at, 'local' FROM contacts WHERE id % 6 = 0;
INSERT INTO active_storage_attachments (name, record_type, record_id, blob_id, created_at) SELECT 'avatar', 'Contact', id, id, created_at FROM active_storage_blobs;
INSERT INTO mentions (user_id, conversation_id, account_id, mentioned_at, created_at, updated_at) SELECT 2, id, 1, created_at, created_at, created_at FROM conversations WHERE id % 15 = 0 AND account_id = 1;`;

const FIGURES = `
UPDATE companies SET contacts_count = (SELECT count(*) FROM contacts c WHERE c.company_id = companies.id);
UPDATE tags SET taggings_count = (SELECT count(*) FROM taggings t WHERE t.tag_id = tags.id);
INSERT INTO reporting_events_rollups (account_id, date, dimension_type, dimension_id, metric, count, sum_value, sum_value_business_hours, created_at, updated_at)
SELECT e.account_id, (e.created_at AT TIME ZONE 'UTC' AT TIME ZONE pg_temp.setting('zone'))::date, 'inbox', e.inbox_id, m.metric, count(*),
  CASE WHEN m.summed THEN sum(e.value) ELSE 0 END, CASE WHEN m.summed THEN sum(e.value_in_business_hours) ELSE 0 END, pg_temp.moment(0), pg_temp.moment(0)
FROM reporting_events e JOIN (VALUES ('conversation_resolved', 'resolutions_count', false), ('conversation_resolved', 'resolution_time', true), ('first_response', 'first_response', true),
  ('reply_time', 'reply_time', true), ('conversation_bot_resolved', 'bot_resolutions_count', false), ('conversation_bot_handoff', 'bot_handoffs_count', false)) AS m(name, metric, summed) ON m.name = e.name
WHERE e.account_id = 1 AND pg_temp.setting('zone') <> '' GROUP BY 1, 2, 4, 5, m.summed;`;
