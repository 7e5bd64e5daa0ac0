/**
 * Writes what a batch has decided (`domain/inbox/decide.ts`), in one statement: no lock waits for the worker, except for the commit. Rows that have changed
 * since they were read are left to the next round. In this order:
 *
 * 1. contact inboxes that move or are added; 2. conversations, with all that hangs off them; 3. assignees; 4. contacts that are merged;
 * 5. contact inboxes that have collapsed into the destination's.
 */
export const APPLY = `
-- Of conversations with more messages than are moved whole, only the newest are taken at once, and all messages of the others. Both are null if there are none.
CREATE FUNCTION inbox_recent(conversations bigint[], whole bigint, newest bigint, OUT large bigint[], OUT recent bigint[]) LANGUAGE plpgsql AS $f$
BEGIN
  SELECT array_agg(l.conversation_id) INTO large FROM (
    SELECT m.conversation_id FROM public.messages m WHERE m.conversation_id = ANY (conversations) GROUP BY 1 HAVING count(*) > whole) AS l;
  IF large IS NULL THEN RETURN; END IF;
  SELECT array_agg(t.id) INTO recent FROM (
    SELECT m.id FROM public.messages m WHERE m.conversation_id = ANY (conversations) AND m.conversation_id <> ALL (large)
    UNION ALL
    SELECT n.id FROM unnest(large) AS l(id) CROSS JOIN LATERAL (
      SELECT m.id FROM public.messages m WHERE m.conversation_id = l.id ORDER BY m.id DESC LIMIT newest) AS n) AS t;
END
$f$;

CREATE FUNCTION inbox_apply(migration bigint, batch bigint, account bigint, source bigint, destination bigint, assignees text, decided jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE
  stamp timestamp := now() AT TIME ZONE 'UTC';
  whole bigint := (decided ->> 'whole')::bigint;
  wanted bigint[]; moved bigint[]; large bigint[]; recent bigint[]; ids bigint[]; pair record;
  messages bigint := 0; attachments bigint := 0; boxes bigint := 0; merged bigint := 0;
BEGIN
  -- Counted before anything is locked.
  SELECT array_agg(id ORDER BY id) INTO wanted FROM jsonb_to_recordset(decided -> 'conversations') AS c(id bigint);
  SELECT count(*) INTO messages FROM public.messages WHERE conversation_id = ANY (wanted);
  SELECT count(*) INTO attachments FROM public.attachments a JOIN public.messages m ON m.id = a.message_id WHERE m.conversation_id = ANY (wanted);

  WITH want AS (
    SELECT * FROM jsonb_to_recordset(decided -> 'moves') AS w(id bigint, source_id text, identity text)
  ), held AS MATERIALIZED (
    SELECT ci.id, to_jsonb(ci) AS before, w.source_id FROM public.contact_inboxes ci JOIN want w USING (id)
    WHERE ci.inbox_id = source ORDER BY ci.id FOR UPDATE OF ci
  ), changed AS (
    UPDATE public.contact_inboxes ci SET inbox_id = destination, source_id = held.source_id, hmac_verified = false, updated_at = stamp
    FROM held WHERE ci.id = held.id RETURNING ci.id, held.before, to_jsonb(ci) AS after
  ), noted AS (
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids, before, after)
    SELECT migration, inbox_apply.batch, 'replaced', 'contact_inboxes', int8multirange(int8range(id, id, '[]')), before, after FROM changed ORDER BY id
  ), known AS (
    INSERT INTO carryover.inbox_identities (migration_id, contact_inbox_id, identity, at_start)
    SELECT migration, changed.id, want.identity, false FROM changed JOIN want USING (id) WHERE want.identity IS NOT NULL ON CONFLICT DO NOTHING
  )
  SELECT count(*) INTO boxes FROM changed;
  IF boxes <> jsonb_array_length(decided -> 'moves') THEN
    RAISE EXCEPTION 'contact inboxes have changed since they were read' USING ERRCODE = '40001';
  END IF;

  WITH added AS (
    INSERT INTO public.contact_inboxes (id, contact_id, inbox_id, source_id, created_at, updated_at, hmac_verified)
    SELECT id, contact_id, destination, source_id, stamp, stamp, false
    FROM jsonb_to_recordset(decided -> 'additions') AS a(id bigint, contact_id bigint, source_id text) RETURNING id
  ), known AS (
    INSERT INTO carryover.inbox_identities (migration_id, contact_inbox_id, identity, at_start)
    SELECT migration, id, identity, false FROM jsonb_to_recordset(decided -> 'additions') AS a(id bigint, identity text) WHERE identity IS NOT NULL
  )
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids)
  SELECT migration, inbox_apply.batch, 'added', 'contact_inboxes', range_agg(int8range(id, id, '[]')) FROM added HAVING count(*) > 0;

  FOR pair IN SELECT * FROM jsonb_to_recordset(decided -> 'adoptions') AS a(id bigint, contact bigint) LOOP
    PERFORM carryover.inbox_set(migration, batch, 'contact_inboxes', 'contact_id', pair.contact::text, ARRAY[pair.id]);
  END LOOP;

  WITH want AS (
    SELECT * FROM jsonb_to_recordset(decided -> 'conversations')
      AS w(id bigint, "wasContact" bigint, "wasContactInbox" bigint, contact bigint, "contactInbox" bigint)
  ), held AS MATERIALIZED (
    SELECT c.id, c.contact_id, c.contact_inbox_id, w.contact, w."contactInbox" FROM public.conversations c JOIN want w USING (id)
    WHERE c.inbox_id = source AND c.contact_id IS NOT DISTINCT FROM w."wasContact" AND c.contact_inbox_id IS NOT DISTINCT FROM w."wasContactInbox"
    ORDER BY c.id FOR UPDATE OF c
  ), changed AS (
    UPDATE public.conversations c SET inbox_id = destination, contact_id = held.contact, contact_inbox_id = held."contactInbox"
    FROM held WHERE c.id = held.id
    RETURNING c.id, held.contact_id AS was_contact, held.contact_inbox_id AS was_box, c.contact_id AS contact, c.contact_inbox_id AS box
  ), inboxes AS (
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before, after)
    SELECT migration, inbox_apply.batch, 'set', 'conversations', 'inbox_id', range_agg(int8range(id, id, '[]')), to_jsonb(source::text), to_jsonb(destination::text)
    FROM changed HAVING count(*) > 0
  ), contacts AS (
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before, after)
    SELECT migration, inbox_apply.batch, 'set', 'conversations', 'contact_id', range_agg(int8range(id, id, '[]')), to_jsonb(was_contact::text), to_jsonb(contact::text)
    FROM changed WHERE was_contact IS DISTINCT FROM contact GROUP BY was_contact, contact
  ), boxes AS (
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before, after)
    SELECT migration, inbox_apply.batch, 'set', 'conversations', 'contact_inbox_id', range_agg(int8range(id, id, '[]')), to_jsonb(was_box::text), to_jsonb(box::text)
    FROM changed WHERE was_box IS DISTINCT FROM box GROUP BY was_box, box
  )
  SELECT array_agg(id ORDER BY id) INTO moved FROM changed;
  moved := coalesce(moved, '{}');
  IF moved <> coalesce(wanted, '{}') THEN
    SELECT count(*) INTO messages FROM public.messages WHERE conversation_id = ANY (moved);
    SELECT count(*) INTO attachments FROM public.attachments a JOIN public.messages m ON m.id = a.message_id WHERE m.conversation_id = ANY (moved);
  END IF;
  INSERT INTO carryover.inbox_moved SELECT migration, id FROM unnest(moved) AS m(id) ON CONFLICT DO NOTHING;

  -- Messages: those of large conversations later, except the newest.
  IF messages > whole THEN
    SELECT r.large, r.recent INTO large, recent FROM carryover.inbox_recent(moved, whole, (decided ->> 'newest')::bigint) AS r;
    IF large IS NOT NULL THEN
      INSERT INTO carryover.inbox_tails SELECT migration, id FROM unnest(large) AS l(id) ON CONFLICT DO NOTHING;
      messages := cardinality(recent);
    END IF;
  END IF;
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before)
  SELECT migration, inbox_apply.batch, 'was', 'messages', 'inbox_id', range_agg(int8range(m.id, m.id, '[]')), to_jsonb(m.inbox_id::text)
  FROM public.messages m WHERE m.conversation_id = ANY (moved) AND m.inbox_id NOT IN (source, destination) GROUP BY m.inbox_id;
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before, after)
  SELECT migration, inbox_apply.batch, 'set', 'messages', 'sender_id', range_agg(int8range(m.id, m.id, '[]')), to_jsonb(w."wasContact"::text), to_jsonb(w.contact::text)
  FROM jsonb_to_recordset(decided -> 'conversations') AS w(id bigint, "wasContact" bigint, contact bigint) JOIN public.messages m ON m.conversation_id = w.id
  WHERE w.id = ANY (moved) AND w."wasContact" <> w.contact AND m.sender_type = 'Contact' AND m.sender_id = w."wasContact" AND (recent IS NULL OR m.id = ANY (recent))
  GROUP BY w."wasContact", w.contact;
  -- Both fields at once: each change of a message rewrites its entries in every index.
  UPDATE public.messages m SET inbox_id = destination,
    sender_id = CASE WHEN m.sender_type = 'Contact' AND m.sender_id = w."wasContact" THEN w.contact ELSE m.sender_id END
  FROM jsonb_to_recordset(decided -> 'conversations') AS w(id bigint, "wasContact" bigint, contact bigint)
  WHERE w.id = ANY (moved) AND m.conversation_id = w.id AND (recent IS NULL OR m.id = ANY (recent))
    AND (m.inbox_id <> destination OR (w."wasContact" <> w.contact AND m.sender_type = 'Contact' AND m.sender_id = w."wasContact"));
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids)
  SELECT migration, inbox_apply.batch, 'follow', 'messages', range_agg(int8range(id, id, '[]')) FROM unnest(moved) AS m(id) HAVING count(*) > 0;
  PERFORM carryover.inbox_follow(migration, batch, relation, moved, source, destination)
  FROM unnest(ARRAY['reporting_events', 'sla_events', 'calls']) AS r(relation);

  IF assignees <> 'keep' THEN PERFORM carryover.inbox_assignees(migration, batch, account, destination, assignees, moved, stamp); END IF;

  FOR pair IN SELECT value AS wave FROM jsonb_array_elements(decided -> 'waves') LOOP
    merged := merged + carryover.inbox_merge_contacts(migration, batch, account, pair.wave, stamp);
  END LOOP;

  SELECT array_agg(b.id) INTO ids FROM jsonb_array_elements_text(decided -> 'collapses') AS e(id) JOIN public.contact_inboxes b ON b.id = e.id::bigint
  WHERE b.inbox_id = source AND NOT EXISTS (SELECT FROM public.conversations c WHERE c.contact_inbox_id = b.id);
  boxes := boxes + carryover.inbox_remove(migration, batch, 'contact_inboxes', ids);
  RETURN jsonb_build_object('conversations', cardinality(moved), 'messages', messages, 'attachments', attachments, 'contactInboxes', boxes, 'merged', merged);
END
$f$;

-- Those without access: neither administrator, nor member of the inbox, nor in the conversation's team.
CREATE FUNCTION inbox_assignees(migration bigint, batch bigint, account bigint, destination bigint, assignees text, conversations bigint[], stamp timestamp)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE without bigint[];
BEGIN
  SELECT array_agg(c.id) INTO without FROM public.conversations c
  WHERE c.id = ANY (conversations) AND c.assignee_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.account_users u WHERE u.account_id = account AND u.user_id = c.assignee_id AND u.role = 1)
    AND NOT EXISTS (SELECT FROM public.inbox_members m WHERE m.inbox_id = destination AND m.user_id = c.assignee_id)
    AND NOT EXISTS (SELECT FROM public.team_members t WHERE t.team_id = c.team_id AND t.user_id = c.assignee_id);
  IF assignees = 'unassign' THEN
    PERFORM carryover.inbox_set(migration, batch, 'conversations', 'assignee_id', NULL, without);
    RETURN;
  END IF;
  WITH added AS (
    INSERT INTO public.inbox_members (user_id, inbox_id, created_at, updated_at)
    SELECT DISTINCT c.assignee_id, destination, stamp, stamp FROM public.conversations c
    JOIN public.account_users u ON u.account_id = account AND u.user_id = c.assignee_id
    WHERE c.id = ANY (without) ON CONFLICT DO NOTHING RETURNING id
  )
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids)
  SELECT migration, inbox_assignees.batch, 'added', 'inbox_members', range_agg(int8range(id, id, '[]')) FROM added HAVING count(*) > 0;
END
$f$;

-- The next messages of a large conversation, newest first. Returns how many; when there are none left, forgets the conversation.
CREATE FUNCTION inbox_tail(migration bigint, destination bigint, row_limit bigint)
RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE conversation bigint; ids bigint[];
BEGIN
  SELECT conversation_id INTO conversation FROM carryover.inbox_tails WHERE migration_id = migration ORDER BY conversation_id LIMIT 1;
  IF conversation IS NULL THEN RETURN NULL; END IF;
  SELECT array_agg(id) INTO ids FROM (
    SELECT id FROM public.messages WHERE conversation_id = conversation AND inbox_id <> destination ORDER BY id DESC LIMIT row_limit) AS newest;
  IF coalesce(cardinality(ids), 0) < row_limit THEN
    DELETE FROM carryover.inbox_tails WHERE migration_id = migration AND conversation_id = conversation;
  END IF;
  UPDATE public.messages SET inbox_id = destination WHERE id = ANY (ids);
  RETURN coalesce(cardinality(ids), 0);
END
$f$;
`;
