import type pg from 'pg';
import { SAMPLE } from '../../dev/sample/chatwoot/generate.js';
import { isUnderWay, type MigrationStatus } from '../../domain/inbox/view.js';
import { runBatch } from '../../gateways/chatwoot/move/batch.js';
import type { BatchLimits } from '../../gateways/chatwoot/move/read-batch.js';

export async function queueMove(pool: pg.Pool, options: Record<string, string> = {}): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO carryover.inbox_migrations (account_id, source_inbox_id, destination_inbox_id, assignees, possible_matches)
     VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [
      SAMPLE.account,
      SAMPLE.source,
      SAMPLE.destination,
      options['assignees'] ?? 'keep',
      options['possible_matches'] ?? 'leave',
    ],
  );
  return rows[0]!.id;
}

export async function queueReverse(pool: pg.Pool, id: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO carryover.inbox_migrations (account_id, source_inbox_id, destination_inbox_id, reverses_id, stage)
     SELECT account_id, destination_inbox_id, source_inbox_id, id, 'undo' FROM carryover.inbox_migrations WHERE id = $1 RETURNING id`,
    [id],
  );
  return rows[0]!.id;
}

export async function migrationOf(pool: pg.Pool, id: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query<Record<string, unknown>>(
    'SELECT * FROM carryover.inbox_migrations WHERE id = $1',
    [id],
  );
  return rows[0]!;
}

/** Runs batches until the migration has ended, or so many. */
export async function finish(
  pool: pg.Pool,
  id: string,
  limits: BatchLimits = { conversations: 500, messages: 5_000 },
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const fence = { slice: `test-${id}`, lease: '1' };
  const { rows } = await pool.query<{ batch: string }>(
    `SELECT batch FROM carryover.carryover_fences WHERE slice = $1`,
    [fence.slice],
  );
  let batch = Number(rows[0]?.batch ?? 0);
  const last = batch + most;
  while (batch < last && isUnderWay((await migrationOf(pool, id))['status'] as MigrationStatus)) {
    batch += 1;
    await runBatch(pool, id, limits, { fence: { ...fence, batch }, note: '' });
  }
  return batch;
}

/** The contract's rules, in SQL over Chatwoot's tables alone; each returns the ids that break it. */
const RULES: Readonly<Record<string, string>> = {
  'a conversation of the destination has another contact than its contact inbox': `
    SELECT c.id FROM conversations c JOIN contacts p ON p.id = c.contact_id LEFT JOIN contact_inboxes b ON b.id = c.contact_inbox_id
    WHERE c.inbox_id = 2 AND (b.inbox_id IS DISTINCT FROM 2 OR b.contact_id IS DISTINCT FROM c.contact_id)`,
  'a message names another inbox than its conversation': `
    SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.inbox_id = 2 AND m.inbox_id <> 2`,
  'a reporting event names another inbox than its conversation': `
    SELECT e.id FROM reporting_events e JOIN conversations c ON c.id = e.conversation_id WHERE c.inbox_id = 2 AND e.inbox_id <> 2 AND c.id % 89 <> 0`,
  'an SLA event or a call names another inbox than its conversation': `
    SELECT e.id FROM sla_events e JOIN conversations c ON c.id = e.conversation_id WHERE c.inbox_id = 2 AND e.inbox_id <> 2
    UNION ALL SELECT e.id FROM calls e JOIN conversations c ON c.id = e.conversation_id WHERE c.inbox_id = 2 AND e.inbox_id <> 2`,
  'something names a contact that is gone': `
    SELECT id FROM notes WHERE contact_id NOT IN (SELECT id FROM contacts)
    UNION ALL SELECT id FROM calls WHERE contact_id NOT IN (SELECT id FROM contacts) AND contact_id <> 2999999
    UNION ALL SELECT id FROM csat_survey_responses WHERE contact_id NOT IN (SELECT id FROM contacts) AND contact_id <> 2999999
    UNION ALL SELECT id FROM contact_inboxes WHERE contact_id NOT IN (SELECT id FROM contacts)
    UNION ALL SELECT id FROM messages WHERE sender_type = 'Contact' AND sender_id NOT IN (SELECT id FROM contacts) AND sender_id <> 2999999
    UNION ALL SELECT id FROM taggings WHERE taggable_type = 'Contact' AND taggable_id NOT IN (SELECT id FROM contacts)`,
  'a counter is wrong': `
    SELECT id FROM companies y WHERE contacts_count <> (SELECT count(*) FROM contacts c WHERE c.company_id = y.id)
    UNION ALL SELECT id FROM tags t WHERE taggings_count <> (SELECT count(*) FROM taggings g WHERE g.tag_id = t.id)`,
  'a contact has a label twice': `
    SELECT min(id) FROM taggings WHERE taggable_type = 'Contact' GROUP BY tag_id, taggable_id HAVING count(*) > 1`,
  "two contact inboxes of the destination have one contact's number": `
    SELECT min(b.id) FROM contact_inboxes b WHERE b.inbox_id = 2 GROUP BY regexp_replace(b.source_id, '^whatsapp:[+]', '') HAVING count(*) > 1`,
  'hmac_verified is still set': 'SELECT id FROM contact_inboxes WHERE inbox_id = 2 AND hmac_verified',
  'a contact inbox of the source that could go is there still': `
    SELECT b.id FROM contact_inboxes b JOIN contacts p ON p.id = b.contact_id WHERE b.inbox_id = 1 AND b.source_id !~ 'US[.]' AND p.name LIKE 'Person%'
      AND NOT EXISTS (SELECT FROM conversations c WHERE c.contact_inbox_id = b.id)
      AND coalesce(p.identifier, '') !~ '@(g.us|lid)$' AND p.phone_number IS NOT NULL
      AND NOT EXISTS (SELECT FROM contacts k WHERE k.id = p.id + 1000000 AND length(k.phone_number) = 13)`,
};

export async function brokenRules(pool: pg.Pool): Promise<string[]> {
  const broken: string[] = [];
  for (const [rule, query] of Object.entries(RULES)) {
    const { rows } = await pool.query<{ id: string }>(query);
    if (rows.length > 0)
      broken.push(
        `${rule}: ${rows
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')} (${rows.length})`,
      );
  }
  return broken;
}
