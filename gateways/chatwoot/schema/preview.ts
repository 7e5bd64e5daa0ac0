import { classification, HELD_NOW } from './classification.js';

/** What a move with the default options would do. Reads only. */
export const PREVIEW = `
CREATE FUNCTION inbox_preview(account bigint, source bigint, source_type text, destination bigint, destination_type text, possible text)
RETURNS jsonb LANGUAGE sql STABLE AS $f$
  WITH ${classification(HELD_NOW)},
  going AS MATERIALIZED (SELECT id, contact_id FROM talks WHERE reason IS NULL),
  known AS MATERIALIZED (
    SELECT h.identity, d.id, d.contact_id FROM held h JOIN public.contact_inboxes d ON d.id = h.contact_inbox_id JOIN public.contacts c ON c.id = d.contact_id
  ),
  -- Who takes a contact: itself, if the destination has it under this identity; else the destination's first; else the source's first.
  takers AS MATERIALIZED (
    SELECT b.contact_id, b.identity,
      CASE WHEN o.contact_id IS NOT NULL THEN b.contact_id ELSE coalesce(f.contact_id, min(b.contact_id) OVER (PARTITION BY b.identity)) END AS taker
    FROM boxes b
    LEFT JOIN (SELECT DISTINCT identity, contact_id FROM known) AS o ON o.identity = b.identity AND o.contact_id = b.contact_id
    LEFT JOIN (SELECT DISTINCT ON (identity) identity, contact_id FROM known ORDER BY identity, id) AS f ON f.identity = b.identity
    WHERE b.reason IS NULL AND b.has_contact
  ),
  merging AS MATERIALIZED (SELECT DISTINCT ON (contact_id) contact_id, identity, taker FROM takers WHERE taker <> contact_id ORDER BY contact_id, identity),
  shown AS (
    SELECT jsonb_agg(jsonb_build_object('identity', regexp_replace(m.identity, '^[a-z]+:', ''),
      'source_contact', jsonb_build_object('id', s.id, 'name', coalesce(s.name, '')), 'destination_contact', jsonb_build_object('id', d.id, 'name', coalesce(d.name, '')))
      ORDER BY m.contact_id) AS contacts
    FROM (SELECT * FROM merging ORDER BY contact_id LIMIT 100) AS m JOIN public.contacts s ON s.id = m.contact_id JOIN public.contacts d ON d.id = m.taker
  ),
  bots AS (
    SELECT inbox_id FROM public.agent_bot_inboxes WHERE status = 0 AND inbox_id IN (source, destination)
    UNION SELECT inbox_id FROM public.captain_inboxes WHERE inbox_id IN (source, destination)
  )
  SELECT jsonb_build_object(
    'conversations', (SELECT count(*) FROM going),
    'messages', (SELECT count(*) FROM going g JOIN public.messages m ON m.conversation_id = g.id),
    'attachments', (SELECT count(*) FROM going g JOIN public.messages m ON m.conversation_id = g.id JOIN public.attachments a ON a.message_id = m.id),
    'contactInboxes', (SELECT count(*) FROM boxes WHERE reason IS NULL),
    'left', (SELECT coalesce(jsonb_object_agg(reason, n), '{}') FROM (SELECT reason, count(*) AS n FROM talks WHERE reason IS NOT NULL GROUP BY reason) AS l),
    'overlapping', (SELECT count(DISTINCT identity) FROM boxes WHERE reason IS NULL AND is_exact),
    'merged', (SELECT count(*) FROM merging),
    'contacts', coalesce((SELECT contacts FROM shown), '[]'),
    'withoutAccess', (
      SELECT count(*) FROM going g JOIN public.conversations c ON c.id = g.id
      WHERE c.assignee_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM public.account_users u WHERE u.account_id = account AND u.user_id = c.assignee_id AND u.role = 1)
        AND NOT EXISTS (SELECT FROM public.inbox_members m WHERE m.inbox_id = destination AND m.user_id = c.assignee_id)
        AND NOT EXISTS (SELECT FROM public.team_members t WHERE t.team_id = c.team_id AND t.user_id = c.assignee_id)),
    'campaigns', (SELECT count(*) FROM public.campaigns WHERE inbox_id = source AND campaign_status = 0 AND enabled),
    'botMissing', EXISTS (SELECT FROM bots WHERE inbox_id = source) AND NOT EXISTS (SELECT FROM bots WHERE inbox_id = destination),
    'automations', (
      SELECT count(*) FROM public.automation_rules r WHERE r.account_id = account AND EXISTS (
        SELECT FROM jsonb_array_elements(CASE jsonb_typeof(r.conditions) WHEN 'array' THEN r.conditions ELSE '[]' END) AS e
        WHERE e ->> 'attribute_key' = 'inbox_id' AND (e -> 'values' @> to_jsonb(source) OR e -> 'values' @> to_jsonb(source::text)))),
    'sameContacts', (
      SELECT count(DISTINCT g.contact_id) FROM going g WHERE EXISTS (SELECT FROM public.conversations c WHERE c.contact_id = g.contact_id AND c.inbox_id = destination))
  )
$f$;
`;
