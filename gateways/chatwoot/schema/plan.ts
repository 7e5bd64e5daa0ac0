import { classification, HELD_NOW } from './classification.js';

const NOTED =
  'SELECT contact_inbox_id, identity, at_start FROM carryover.inbox_identities WHERE migration_id = migration';

/** Plans what to move, in set-based statements, and keeps it in tables: a worker never holds more than a batch of it. */
export const PLAN = `
-- Who the destination knows at the start.
CREATE FUNCTION inbox_note_identities(migration bigint, destination bigint, destination_type text) RETURNS void LANGUAGE sql AS $f$
  INSERT INTO carryover.inbox_identities (migration_id, contact_inbox_id, identity, at_start)
  SELECT migration, contact_inbox_id, identity, at_start FROM (${HELD_NOW}) AS held WHERE identity IS NOT NULL ON CONFLICT DO NOTHING;
  UPDATE carryover.inbox_migrations SET last_contact_inbox_id = (SELECT coalesce(max(id), 0) FROM public.contact_inboxes) WHERE id = migration;
$f$;

-- Who has come to the destination since. Ids may be committed out of order, so some are looked at again.
CREATE FUNCTION inbox_note_late_identities(migration bigint, destination bigint, destination_type text) RETURNS void LANGUAGE sql AS $f$
  INSERT INTO carryover.inbox_identities (migration_id, contact_inbox_id, identity, at_start)
  SELECT migration, contact_inbox_id, identity, false FROM (
    SELECT b.id AS contact_inbox_id, carryover.inbox_identity(destination_type, b.source_id, c.identifier, c.phone_number) AS identity
    FROM public.contact_inboxes b LEFT JOIN public.contacts c ON c.id = b.contact_id
    WHERE b.inbox_id = destination AND b.id > (SELECT last_contact_inbox_id - 1000 FROM carryover.inbox_migrations WHERE id = migration)
      AND NOT EXISTS (SELECT FROM carryover.inbox_identities i WHERE i.migration_id = migration AND i.contact_inbox_id = b.id)
  ) AS late WHERE identity IS NOT NULL ON CONFLICT DO NOTHING;
  UPDATE carryover.inbox_migrations SET last_contact_inbox_id = (SELECT coalesce(max(id), 0) FROM public.contact_inboxes) WHERE id = migration;
$f$;

-- Writes the plan of a round anew, and returns what it holds.
CREATE FUNCTION inbox_plan_round(migration bigint, source bigint, source_type text, destination bigint, destination_type text, possible text)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE planned jsonb;
BEGIN
  DELETE FROM carryover.inbox_plan WHERE migration_id = migration;
  WITH ${classification(NOTED)},
  going AS MATERIALIZED (SELECT id, contact_id, box_id FROM talks WHERE reason IS NULL),
  counted AS MATERIALIZED (
    SELECT g.id, count(*) AS messages FROM going g JOIN public.messages m ON m.conversation_id = g.id GROUP BY g.id
  ),
  -- A contact; or a contact inbox, or a conversation, without one.
  clusters AS (
    SELECT contact_id, NULL::bigint AS box_id, NULL::bigint AS talk_id, 0 AS talks, 0::bigint AS messages FROM movable
    UNION ALL SELECT NULL, id, NULL, 0, 0 FROM boxes WHERE reason IS NULL AND contact_id IS NULL
    UNION ALL
    SELECT g.contact_id, CASE WHEN g.contact_id IS NULL THEN g.box_id END, CASE WHEN g.contact_id IS NULL AND g.box_id IS NULL THEN g.id END,
      1, coalesce(m.messages, 0)
    FROM going g LEFT JOIN counted m ON m.id = g.id
  ),
  noted AS (
    INSERT INTO carryover.inbox_plan (migration_id, ordinal, contact_id, contact_inbox_id, conversation_id, conversations, messages)
    SELECT migration, row_number() OVER (ORDER BY contact_id NULLS LAST, box_id NULLS LAST, talk_id), contact_id, box_id, talk_id, sum(talks), sum(messages)
    FROM clusters GROUP BY contact_id, box_id, talk_id RETURNING 1
  )
  SELECT jsonb_build_object(
    'clusters', (SELECT count(*) FROM noted),
    'conversations', (SELECT count(*) FROM going),
    'messages', (SELECT coalesce(sum(messages), 0) FROM counted),
    'attachments', (SELECT count(*) FROM going g JOIN public.messages m ON m.conversation_id = g.id JOIN public.attachments a ON a.message_id = m.id),
    'contactInboxes', (SELECT count(*) FROM boxes WHERE reason IS NULL),
    'left', (SELECT coalesce(jsonb_object_agg(reason, n), '{}') FROM (SELECT reason, count(*) AS n FROM talks WHERE reason IS NOT NULL GROUP BY reason) AS l)
  ) INTO planned;
  RETURN planned;
END
$f$;
`;
