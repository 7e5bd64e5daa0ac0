import type pg from 'pg';

/** What a move may change in rows that exist before and after it, by table. Nothing else may change. */
const MAY_CHANGE: Readonly<Record<string, readonly string[]>> = {
  conversations: ['inbox_id', 'contact_id', 'contact_inbox_id', 'assignee_id'],
  messages: ['inbox_id', 'sender_id'],
  reporting_events: ['inbox_id'],
  sla_events: ['inbox_id'],
  calls: ['inbox_id', 'contact_id'],
  csat_survey_responses: ['contact_id'],
  notes: ['contact_id'],
};
/** Tables whose rows come and go with merges, too. */
const COME_AND_GO = new Set([
  ...['contacts', 'contact_inboxes', 'taggings', 'tags', 'companies', 'active_storage_attachments'],
  ...['reporting_events_rollups', 'inbox_members', 'audits'],
]);

/** A digest of each table, without what a move may change. */
export async function fixedDigests(pool: pg.Pool): Promise<Readonly<Record<string, string>>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const digests: Record<string, string> = {};
  for (const { name } of rows.filter((row) => !COME_AND_GO.has(row.name))) {
    const found = await pool.query<{ digest: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(row, '' ORDER BY row)), '') AS digest
       FROM (SELECT (to_jsonb(t) - $1::text[])::text AS row FROM public.${name} t) AS r`,
      [MAY_CHANGE[name] ?? []],
    );
    digests[name] = found.rows[0]!.digest;
  }
  return digests;
}

/** Keeps the current rows, so that `contractBroken` can compare. */
export async function remember(pool: pg.Pool): Promise<void> {
  await pool.query('DROP SCHEMA IF EXISTS before CASCADE; CREATE SCHEMA before');
  for (const table of [...Object.keys(MAY_CHANGE), 'contacts', 'contact_inboxes', 'inbox_members'])
    await pool.query(`CREATE TABLE before.${table} AS SELECT * FROM public.${table}`);
}

const hanging = (table: string) => `
  SELECT t.id FROM public.${table} t JOIN before.${table} b USING (id) JOIN public.conversations c ON c.id = t.conversation_id
  WHERE t.inbox_id IS DISTINCT FROM CASE WHEN c.id IN (SELECT id FROM moved) THEN 2 ELSE b.inbox_id END`;

/** The contract's points, by their violation; each returns ids. `$1` are the migrations, the last of which found nothing left to move. */
const POINTS: Readonly<Record<string, string>> = {
  'a conversation of the source is neither moved nor left': `
    SELECT b.id FROM before.conversations b JOIN public.conversations c USING (id) WHERE b.inbox_id = 1 AND (c.inbox_id = 2) <> (c.id IN (SELECT id FROM moved))
    UNION ALL SELECT c.id FROM public.conversations c WHERE c.id NOT IN (SELECT id FROM before.conversations)
      AND NOT EXISTS (SELECT FROM public.messages m WHERE m.conversation_id = c.id AND m.content LIKE 'live %')`,
  'what is left is not what is counted': `
    SELECT 1 FROM carryover.inbox_migrations WHERE id = (SELECT max(id) FROM unnest($1::bigint[]) AS m(id)) AND (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(details -> 'left'))
      <> (SELECT count(*) FROM public.conversations WHERE inbox_id = 1)`,
  'a conversation of another inbox has changed its inbox': `
    SELECT c.id FROM public.conversations c JOIN before.conversations b USING (id) WHERE b.inbox_id <> 1 AND c.inbox_id <> b.inbox_id`,
  'a message does not name what its conversation does': hanging('messages'),
  'a reporting event does not name what its conversation does': hanging('reporting_events'),
  'an SLA event does not name what its conversation does': hanging('sla_events'),
  'a call does not name what its conversation does': hanging('calls'),
  'a contact that nobody was merged into has changed': `
    SELECT c.id FROM public.contacts c JOIN before.contacts b USING (id)
    WHERE to_jsonb(c) <> to_jsonb(b) AND c.id NOT IN (SELECT into_id FROM carryover.inbox_merged WHERE migration_id = ANY ($1))`,
  'a contact is gone that was not merged, or is there although it was': `
    SELECT b.id FROM before.contacts b WHERE (b.id IN (SELECT id FROM public.contacts)) = (b.id IN (SELECT from_id FROM carryover.inbox_merged WHERE migration_id = ANY ($1)))`,
  'who took others has lost a value, is not blocked any more, or has not taken what it lacked': `
    SELECT k.id FROM carryover.inbox_merged m JOIN before.contacts g ON g.id = m.from_id JOIN before.contacts b ON b.id = m.into_id JOIN public.contacts k ON k.id = m.into_id
    WHERE m.migration_id = ANY ($1) AND (k.phone_number IS DISTINCT FROM b.phone_number AND b.phone_number !~ '^\\s*$' OR k.email IS DISTINCT FROM b.email AND b.email !~ '^\\s*$'
      OR (coalesce(k.name, '') ~ '^\\s*$' AND g.name !~ '^\\s*$') OR (b.blocked OR g.blocked) AND NOT k.blocked OR NOT k.custom_attributes @> b.custom_attributes)`,
  'rollups of the two inboxes differ from their events': `
    SELECT 1 FROM accounts a CROSS JOIN (VALUES (1), (2)) AS i(inbox)
    CROSS JOIN LATERAL (
      SELECT f.date, f.metric FROM carryover.inbox_rollups(a.id, i.inbox, a.settings ->> 'reporting_timezone') AS f
      FULL JOIN (SELECT * FROM reporting_events_rollups r WHERE r.account_id = a.id AND r.dimension_type = 'inbox' AND r.dimension_id = i.inbox) AS r ON r.date = f.date AND r.metric = f.metric
      WHERE r.count IS DISTINCT FROM f.count OR abs(r.sum_value - f.sum_value) > 0.01) AS wrong
    WHERE a.id = 1 AND a.settings ? 'reporting_timezone'`,
  'a contact inbox of another inbox has changed more than its contact': `
    SELECT i.id FROM public.contact_inboxes i JOIN before.contact_inboxes b USING (id) WHERE b.inbox_id NOT IN (1, 2) AND to_jsonb(i) - 'contact_id' <> to_jsonb(b) - 'contact_id'`,
};

/** What a reply, an inbound message and a deletion of the source do next, as Chatwoot's code does it. */
const NEXT: Readonly<Record<string, string>> = {
  'a reply does not resolve to the channel and the form of the destination': `
    SELECT c.id FROM public.conversations c JOIN moved v ON v.id = c.id JOIN public.contacts p ON p.id = c.contact_id
    LEFT JOIN public.contact_inboxes b ON b.id = c.contact_inbox_id LEFT JOIN public.inboxes i ON i.id = b.inbox_id
    LEFT JOIN public.channel_whatsapp w ON i.channel_type = 'Channel::Whatsapp' AND w.id = i.channel_id
    WHERE i.id IS DISTINCT FROM 2 OR b.source_id !~ CASE i.channel_type WHEN 'Channel::TwilioSms' THEN '^whatsapp:[+][0-9]{1,15}$' WHEN 'Channel::Whatsapp' THEN '^[0-9]{1,15}$' ELSE '^.+$' END`,
  'an inbound message of a moved contact begins a second conversation': `
    SELECT c.id FROM public.conversations c JOIN moved v ON v.id = c.id JOIN public.contact_inboxes b ON b.id = c.contact_inbox_id
    WHERE NOT EXISTS (
      SELECT FROM public.contact_inboxes f JOIN public.conversations t ON t.contact_inbox_id = f.id WHERE f.inbox_id = 2 AND f.source_id = b.source_id)`,
  'deleting the source would destroy what has moved': `
    SELECT c.id FROM public.conversations c JOIN moved v ON v.id = c.id
    WHERE EXISTS (SELECT FROM public.messages m WHERE m.conversation_id = c.id AND m.inbox_id = 1)
      OR EXISTS (SELECT FROM public.contact_inboxes b WHERE b.id = c.contact_inbox_id AND b.inbox_id = 1)
      OR EXISTS (SELECT FROM public.reporting_events e WHERE e.conversation_id = c.id AND e.inbox_id = 1)`,
};

/**
 * The contract's points that these migrations, one after the other, have violated since `remember`, with some ids. Customers may have written
 * meanwhile, as `startInbound` does.
 */
export async function contractBroken(pool: pg.Pool, ...migrations: string[]): Promise<string[]> {
  const broken: string[] = [];
  for (const [point, query] of Object.entries({ ...POINTS, ...NEXT })) {
    const { rows } = await pool.query<{ id: string }>(
      `WITH moved AS (SELECT DISTINCT conversation_id AS id FROM carryover.inbox_moved WHERE migration_id = ANY ($1::bigint[])) SELECT * FROM (${query}) AS broken LIMIT 5`,
      [migrations],
    );
    if (rows.length > 0) broken.push(`${point}: ${JSON.stringify(rows)}`);
  }
  return broken;
}
