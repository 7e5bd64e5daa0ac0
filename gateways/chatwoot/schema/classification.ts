/**
 * The rules of `domain/inbox` for whole inboxes at once, as the first part of a WITH. Both the preview and the plan of a round begin with it, so they
 * cannot disagree.
 *
 * - `boxes`: the source's contact inboxes with their identities, whether the destination has the identity, and why they stay, if they do;
 * - `talks`: the source's conversations, the contact they go with, and why they stay.
 *
 * @param held a SELECT of `contact_inbox_id`, `identity` and `at_start` of the destination's contact inboxes
 */
export function classification(held: string): string {
  return `
  held AS MATERIALIZED (${held}),
  exact AS MATERIALIZED (SELECT DISTINCT identity FROM held),
  possibly AS MATERIALIZED (SELECT DISTINCT identity FROM held WHERE at_start AND possible = 'leave'),
  -- Joins, and no subqueries for each row: both sides may have a million.
  boxes AS MATERIALIZED (
    SELECT s.id, s.contact_id, s.has_contact, s.identity, e.identity IS NOT NULL AS is_exact,
      coalesce(carryover.inbox_left(s.identity, destination_type), CASE WHEN e.identity IS NULL AND p.identity IS NOT NULL THEN 'possible_matches' END) AS reason
    FROM (
      SELECT b.id, b.contact_id, c.id IS NOT NULL AS has_contact, carryover.inbox_identity(source_type, b.source_id, c.identifier, c.phone_number) AS identity
      FROM public.contact_inboxes b LEFT JOIN public.contacts c ON c.id = b.contact_id WHERE b.inbox_id = source OFFSET 0
    ) AS s
    LEFT JOIN exact e ON e.identity = s.identity
    LEFT JOIN possibly p ON p.identity = carryover.inbox_possible_match(s.identity)
  ),
  movable AS MATERIALIZED (SELECT DISTINCT contact_id FROM boxes WHERE reason IS NULL AND contact_id IS NOT NULL),
  attached AS MATERIALIZED (
    SELECT v.id, v.contact_id, b.id AS box_id, b.contact_id AS box_contact_id, b.reason
    FROM public.conversations v
    LEFT JOIN boxes b ON b.id = v.contact_inbox_id AND (v.contact_id IS NULL OR b.contact_id IS NOT DISTINCT FROM v.contact_id)
    WHERE v.inbox_id = source
  ),
  loose AS MATERIALIZED (
    SELECT l.id, l.contact_id, CASE
      WHEN NOT l.has_contact OR m.contact_id IS NOT NULL OR d.contact_id IS NOT NULL THEN NULL
      ELSE coalesce(carryover.inbox_left(l.identity, destination_type), CASE WHEN e.identity IS NULL AND p.identity IS NOT NULL THEN 'possible_matches' END)
    END AS reason
    FROM (
      SELECT a.id, a.contact_id, c.id IS NOT NULL AS has_contact, carryover.inbox_identity('evolution', '', c.identifier, c.phone_number) AS identity
      FROM attached a LEFT JOIN public.contacts c ON c.id = a.contact_id WHERE a.box_id IS NULL OFFSET 0
    ) AS l
    LEFT JOIN movable m ON m.contact_id = l.contact_id
    LEFT JOIN (SELECT DISTINCT contact_id FROM public.contact_inboxes WHERE inbox_id = destination) AS d ON d.contact_id = l.contact_id
    LEFT JOIN exact e ON e.identity = l.identity
    LEFT JOIN possibly p ON p.identity = carryover.inbox_possible_match(l.identity)
  ),
  talks AS MATERIALIZED (
    SELECT id, coalesce(contact_id, box_contact_id) AS contact_id, box_id, reason FROM attached WHERE box_id IS NOT NULL
    UNION ALL SELECT id, contact_id, NULL, reason FROM loose
  )`;
}

/** The `held` of an inbox, read from Chatwoot's own contact inboxes. */
export const HELD_NOW = `
  SELECT b.id AS contact_inbox_id, carryover.inbox_identity(destination_type, b.source_id, c.identifier, c.phone_number) AS identity, true AS at_start
  FROM public.contact_inboxes b LEFT JOIN public.contacts c ON c.id = b.contact_id WHERE b.inbox_id = destination`;
