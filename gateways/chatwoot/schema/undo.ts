/**
 * Takes back a batch of a migration, newest change first. A field goes back only if it still has the value that the migration gave it: what people have
 * changed since stays. Later messages follow their conversation; a later conversation keeps its inbox and gets a contact inbox there.
 */
export const UNDO = `
CREATE FUNCTION inbox_ids(ranges int8multirange) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT array_agg(i ORDER BY i) FROM unnest(ranges) AS r(part), generate_series(lower(part), upper(part) - 1) AS i
$f$;

-- The ids that entries of the journal name, each with what it had and what it got.
CREATE FUNCTION inbox_entries(entries bigint[]) RETURNS TABLE (row_id bigint, was jsonb, became jsonb) LANGUAGE sql STABLE AS $f$
  SELECT i.id, j.before, j.after FROM carryover.inbox_journal j CROSS JOIN LATERAL unnest(carryover.inbox_ids(j.ids)) AS i(id) WHERE j.id = ANY (entries)
$f$;

-- Of rows that were replaced, the fields that still have the values of \`after\` get those of \`before\`.
CREATE FUNCTION inbox_restore(relation text, entries bigint[])
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE assigned text;
BEGIN
  SELECT string_agg(format('%1$I = (n.value).%1$I', key), ', ') INTO assigned
  FROM (SELECT DISTINCT key FROM carryover.inbox_entries(entries), jsonb_object_keys(became) AS k(key) WHERE was -> key IS DISTINCT FROM became -> key) AS keys;
  IF assigned IS NULL THEN RETURN; END IF;
  EXECUTE format($q$
    UPDATE public.%1$I t SET %2$s FROM (
      SELECT h.id, jsonb_populate_record(h, coalesce(b.fields, '{}')) AS value
      FROM carryover.inbox_entries($1) AS e JOIN public.%1$I h ON h.id = e.row_id CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(key, e.was -> key) AS fields FROM jsonb_object_keys(e.became) AS k(key)
        WHERE to_jsonb(h) -> key = e.became -> key AND e.was -> key IS DISTINCT FROM e.became -> key) AS b
      ORDER BY h.id FOR UPDATE OF h
    ) AS n WHERE t.id = n.id $q$, relation, assigned) USING entries;
END
$f$;

-- Contact inboxes go back to the source. Conversations that have come to the destination since keep one there.
CREATE FUNCTION inbox_return_contact_inboxes(entries bigint[], stamp timestamp)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE entry record; stay bigint[]; box bigint;
BEGIN
  SELECT array_agg(DISTINCT c.id) INTO stay FROM carryover.inbox_entries(entries) AS e
  JOIN public.conversations c ON c.contact_inbox_id = e.row_id AND c.inbox_id = (e.became ->> 'inbox_id')::bigint;
  PERFORM carryover.inbox_restore('contact_inboxes', entries);
  FOR entry IN
    SELECT e.row_id, e.became, array_agg(c.id) AS conversations FROM carryover.inbox_entries(entries) AS e
    JOIN public.conversations c ON c.contact_inbox_id = e.row_id WHERE c.id = ANY (stay) GROUP BY 1, 2 ORDER BY 1
  LOOP
    INSERT INTO public.contact_inboxes (contact_id, inbox_id, source_id, created_at, updated_at, hmac_verified)
    SELECT contact_id, (entry.became ->> 'inbox_id')::bigint, entry.became ->> 'source_id', stamp, stamp, false
    FROM public.contact_inboxes WHERE id = entry.row_id RETURNING id INTO box;
    UPDATE public.conversations SET contact_inbox_id = box WHERE id = ANY (entry.conversations);
  END LOOP;
END
$f$;

-- Rows that were removed come back whole. A contact whose e-mail address or identifier somebody else has taken since comes back without it.
CREATE FUNCTION inbox_bring_back(relation text, entries bigint[])
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE except_taken text := 'j.before';
BEGIN
  IF relation = 'contacts' THEN
    except_taken := $q$ j.before - ARRAY(
      SELECT field FROM unnest(ARRAY['email', 'identifier']) AS f(field) WHERE EXISTS (
        SELECT FROM public.contacts c WHERE c.account_id = (j.before ->> 'account_id')::bigint
          AND CASE field WHEN 'email' THEN c.email ELSE c.identifier END = j.before ->> field)) $q$;
  END IF;
  EXECUTE format($q$
    INSERT INTO public.%1$I SELECT r.* FROM carryover.inbox_journal j CROSS JOIN LATERAL jsonb_populate_record(NULL::public.%1$I, %2$s) AS r
    WHERE j.id = ANY ($1) ORDER BY r.id ON CONFLICT DO NOTHING $q$, relation, except_taken) USING entries;
END
$f$;

-- Entries of one sort that follow each other name different rows, so they are undone at once. Returns how many conversations, messages, contact inboxes and
-- contacts have gone back.
CREATE FUNCTION inbox_undo(reversing bigint, reversed bigint, of_batch bigint, source bigint, destination bigint, whole bigint, newest bigint)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE
  run record; entry record; large bigint[]; recent bigint[]; done bigint; field_type text; stamp timestamp := now() AT TIME ZONE 'UTC';
  conversations bigint := 0; messages bigint := 0; attachments bigint := 0; boxes bigint := 0; contacts bigint := 0;
BEGIN
  FOR run IN
    SELECT n.op, n.relation, n.field, array_agg(n.id) AS entries FROM (
      SELECT j.id, j.op, j.relation, j.field, row_number() OVER (ORDER BY j.id) - row_number() OVER (PARTITION BY j.op, j.relation, j.field ORDER BY j.id) AS part
      FROM carryover.inbox_journal j WHERE j.migration_id = reversed AND j.batch = of_batch) AS n
    GROUP BY n.op, n.relation, n.field, n.part ORDER BY max(n.id) DESC
  LOOP
    CASE run.op
      WHEN 'set' THEN
        SELECT format_type(atttypid, NULL) INTO field_type FROM pg_attribute
        WHERE attrelid = ('public.' || quote_ident(run.relation))::regclass AND attname = run.field;
        EXECUTE format($q$
          WITH held AS MATERIALIZED (
            SELECT t.id, (e.was #>> '{}')::%3$s AS value FROM carryover.inbox_entries($1) AS e JOIN public.%1$I t ON t.id = e.row_id
            WHERE t.%2$I IS NOT DISTINCT FROM (e.became #>> '{}')::%3$s ORDER BY t.id FOR UPDATE OF t)
          UPDATE public.%1$I t SET %2$I = held.value FROM held WHERE t.id = held.id $q$, run.relation, run.field, field_type) USING run.entries;
        GET DIAGNOSTICS done = ROW_COUNT;
        IF run.relation = 'conversations' AND run.field = 'inbox_id' THEN conversations := conversations + done; END IF;
      WHEN 'was' THEN
        EXECUTE format('UPDATE public.%1$I t SET %2$I = (e.was #>> ''{}'')::bigint FROM carryover.inbox_entries($1) AS e WHERE t.id = e.row_id',
          run.relation, run.field) USING run.entries;
      WHEN 'follow' THEN
        FOR entry IN SELECT carryover.inbox_ids(j.ids) AS ids FROM carryover.inbox_journal j WHERE j.id = ANY (run.entries) LOOP
          -- The conversations go back after what hangs off them: within this transaction nobody sees that.
          recent := NULL;
          IF run.relation = 'messages' THEN
            SELECT r.large, r.recent INTO large, recent FROM carryover.inbox_recent(entry.ids, whole, newest) AS r;
            INSERT INTO carryover.inbox_tails SELECT reversing, id FROM unnest(large) AS c(id) ON CONFLICT DO NOTHING;
          END IF;
          EXECUTE format('UPDATE public.%I SET inbox_id = $1 WHERE conversation_id = ANY ($2) AND ($3 IS NULL OR id = ANY ($3)) AND inbox_id IS DISTINCT FROM $1',
            run.relation) USING source, entry.ids, recent;
          GET DIAGNOSTICS done = ROW_COUNT;
          IF run.relation = 'messages' THEN
            messages := messages + done;
            SELECT attachments + count(*) INTO attachments FROM public.attachments a JOIN public.messages m ON m.id = a.message_id WHERE m.conversation_id = ANY (entry.ids);
          END IF;
        END LOOP;
      WHEN 'added' THEN
        IF run.relation = 'contact_inboxes' THEN
          DELETE FROM public.contact_inboxes b USING carryover.inbox_entries(run.entries) AS e
          WHERE b.id = e.row_id AND NOT EXISTS (SELECT FROM public.conversations c WHERE c.contact_inbox_id = b.id);
        ELSE
          EXECUTE format('DELETE FROM public.%I t USING carryover.inbox_entries($1) AS e WHERE t.id = e.row_id', run.relation) USING run.entries;
        END IF;
      WHEN 'removed' THEN
        PERFORM carryover.inbox_bring_back(run.relation, run.entries);
        IF run.relation = 'contact_inboxes' THEN boxes := boxes + cardinality(run.entries);
        ELSIF run.relation = 'contacts' THEN contacts := contacts + cardinality(run.entries); END IF;
      WHEN 'replaced' THEN
        IF run.relation = 'contact_inboxes' THEN
          PERFORM carryover.inbox_return_contact_inboxes(run.entries, stamp);
          boxes := boxes + cardinality(run.entries);
        ELSE
          PERFORM carryover.inbox_restore(run.relation, run.entries);
        END IF;
      WHEN 'counted' THEN
        EXECUTE format($q$
          UPDATE public.%1$I t SET %2$I = %2$I - e.change
          FROM (SELECT row_id, sum((became #>> '{}')::bigint) AS change FROM carryover.inbox_entries($1) GROUP BY row_id) AS e WHERE t.id = e.row_id $q$,
          run.relation, run.field) USING run.entries;
    END CASE;
  END LOOP;
  RETURN jsonb_build_object('conversations', conversations, 'messages', messages, 'attachments', attachments, 'contactInboxes', boxes, 'merged', contacts);
END
$f$;
`;
