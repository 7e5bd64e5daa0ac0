/**
 * Undoes the remaining entries of a batch, or a part of them that holds its locks for less time. After each part, every conversation has a contact
 * inbox of its own inbox and contact, and its messages. In this order:
 *
 * 1. `late`: what the batch did after the conversations: collapsed contact inboxes, merges, assignees.
 * 2. `some`: some of its conversations, with all that hangs off them and their contact inboxes, as often as needed.
 * 3. `rest`: the last conversations and everything else. A small batch has only this part.
 */
export const UNDO_BATCH = `
-- The id of the last entry of a batch's conversations. Null if it has none: it is undone by its entries alone.
CREATE FUNCTION inbox_undo_boundary(reversed bigint, of_batch bigint) RETURNS bigint LANGUAGE sql STABLE AS $f$
  SELECT max(id) FROM carryover.inbox_journal WHERE migration_id = reversed AND batch = of_batch AND op = 'follow'
$f$;

-- The conversations of a batch that have not gone back from the inbox in which they are, each with its contact inbox and the one that it had before.
CREATE FUNCTION inbox_undo_talks(reversed bigint, of_batch bigint, came_from bigint) RETURNS TABLE (id bigint, box bigint, was bigint, messages bigint) LANGUAGE sql STABLE AS $f$
  WITH entries AS MATERIALIZED (
    SELECT j.field, j.before, i.id FROM carryover.inbox_journal j CROSS JOIN LATERAL unnest(carryover.inbox_ids(j.ids)) AS i(id)
    WHERE j.migration_id = reversed AND j.batch = of_batch AND j.op = 'set' AND j.relation = 'conversations' AND j.field IN ('inbox_id', 'contact_inbox_id'))
  SELECT c.id, c.contact_inbox_id, CASE WHEN e.id IS NULL THEN c.contact_inbox_id ELSE (e.before #>> '{}')::bigint END,
    (SELECT count(*) FROM public.messages m WHERE m.conversation_id = c.id)
  FROM entries moved JOIN public.conversations c ON c.id = moved.id AND c.inbox_id = came_from
  LEFT JOIN entries e ON e.id = moved.id AND e.field = 'contact_inbox_id' WHERE moved.field = 'inbox_id' ORDER BY 1
$f$;

-- Entries of one sort that follow each other name different rows, so they are undone at once. \`below\` is the newest entry that has been undone, or 0, and
-- \`down_to\` the oldest that is to be. With \`these\`, undoes what is of these conversations. Returns how many conversations, messages, contact inboxes and contacts
-- have gone back, and the oldest entry that is undone; of senders that merges had changed, at most a limit at once.
CREATE FUNCTION inbox_undo(reversing bigint, reversed bigint, of_batch bigint, below bigint, down_to bigint, these bigint[], source bigint, destination bigint, whole bigint, newest bigint)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE
  run record; entry record; ids bigint[]; back bigint[]; large bigint[]; recent bigint[]; done bigint; room bigint := newest; undone bigint := below;
  field_type text; stamp timestamp := now() AT TIME ZONE 'UTC'; conversation_column text; boundary bigint := carryover.inbox_undo_boundary(reversed, of_batch); is_limited boolean;
  conversations bigint := 0; messages bigint := 0; attachments bigint := 0; boxes bigint := 0; contacts bigint := 0;
BEGIN
  -- Those that have gone back in a part before.
  SELECT coalesce(array_agg(c.id), '{}') INTO back FROM carryover.inbox_journal j CROSS JOIN LATERAL unnest(carryover.inbox_ids(j.ids)) AS i(id)
  JOIN public.conversations c ON c.id = i.id AND c.inbox_id = source
  WHERE j.migration_id = reversed AND j.batch = of_batch AND j.op = 'set' AND j.relation = 'conversations' AND j.field = 'inbox_id';
  FOR run IN
    SELECT n.op, n.relation, n.field, array_agg(n.id) AS entries, min(n.id) AS oldest FROM (
      SELECT j.id, j.op, j.relation, j.field, row_number() OVER (ORDER BY j.id) - row_number() OVER (PARTITION BY j.op, j.relation, j.field ORDER BY j.id) AS part
      FROM carryover.inbox_journal j
      WHERE j.migration_id = reversed AND j.batch = of_batch AND (below = 0 OR j.id < below) AND j.id >= down_to) AS n
    GROUP BY n.op, n.relation, n.field, n.part ORDER BY max(n.id) DESC
  LOOP
    -- What hangs off conversations has their ids; of other rows a part leaves all but the contact inboxes that its conversations have.
    conversation_column := CASE WHEN run.relation = 'conversations' THEN 't.id' WHEN run.relation IN ('messages', 'reporting_events', 'sla_events', 'calls') THEN 't.conversation_id' END;
    is_limited := run.relation = 'messages' AND run.op = 'set' AND (boundary IS NULL OR run.oldest > boundary);
    CONTINUE WHEN these IS NOT NULL AND conversation_column IS NULL AND NOT (run.op = 'replaced' AND run.relation = 'contact_inboxes');
    CASE run.op
      WHEN 'set' THEN
        EXIT WHEN room <= 0 AND is_limited;
        SELECT format_type(atttypid, NULL) INTO field_type FROM pg_attribute
        WHERE attrelid = ('public.' || quote_ident(run.relation))::regclass AND attname = run.field;
        EXECUTE format($q$
          WITH held AS MATERIALIZED (
            SELECT t.id, (e.was #>> '{}')::%3$s AS value FROM carryover.inbox_entries($1) AS e JOIN public.%1$I t ON t.id = e.row_id
            WHERE t.%2$I IS NOT DISTINCT FROM (e.became #>> '{}')::%3$s %4$s ORDER BY t.id LIMIT $3 FOR UPDATE OF t)
          UPDATE public.%1$I t SET %2$I = held.value FROM held WHERE t.id = held.id $q$, run.relation, run.field, field_type,
          CASE WHEN these IS NOT NULL THEN format('AND %s = ANY ($2)', conversation_column) ELSE '' END)
        USING run.entries, these, CASE WHEN is_limited THEN room END;
        GET DIAGNOSTICS done = ROW_COUNT;
        IF run.relation = 'conversations' AND run.field = 'inbox_id' THEN conversations := conversations + done; END IF;
        IF is_limited THEN
          room := room - done;
          -- There may be more of them: these entries come again.
          EXIT WHEN room <= 0;
        END IF;
      WHEN 'was' THEN
        EXECUTE format('UPDATE public.%1$I t SET %2$I = (e.was #>> ''{}'')::bigint FROM carryover.inbox_entries($1) AS e
          WHERE t.id = e.row_id AND ($2 IS NULL OR t.conversation_id = ANY ($2)) AND t.conversation_id <> ALL ($3)',
          run.relation, run.field) USING run.entries, these, back;
      WHEN 'follow' THEN
        FOR entry IN SELECT carryover.inbox_ids(j.ids) AS ids FROM carryover.inbox_journal j WHERE j.id = ANY (run.entries) LOOP
          SELECT coalesce(array_agg(id), '{}') INTO ids FROM unnest(entry.ids) AS i(id) WHERE (these IS NULL OR id = ANY (these)) AND id <> ALL (back);
          -- The conversations go back after what hangs off them: within this transaction nobody sees that.
          recent := NULL;
          IF run.relation = 'messages' THEN
            SELECT r.large, r.recent INTO large, recent FROM carryover.inbox_recent(ids, whole, newest) AS r;
            INSERT INTO carryover.inbox_tails SELECT reversing, id FROM unnest(large) AS c(id) ON CONFLICT DO NOTHING;
          END IF;
          EXECUTE format('UPDATE public.%I SET inbox_id = $1 WHERE conversation_id = ANY ($2) AND ($3 IS NULL OR id = ANY ($3)) AND inbox_id IS DISTINCT FROM $1',
            run.relation) USING source, ids, recent;
          GET DIAGNOSTICS done = ROW_COUNT;
          IF run.relation = 'messages' THEN
            messages := messages + done;
            SELECT attachments + count(*) INTO attachments FROM public.attachments a JOIN public.messages m ON m.id = a.message_id WHERE m.conversation_id = ANY (ids);
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
          SELECT array_agg(j.id) INTO ids FROM carryover.inbox_journal j CROSS JOIN LATERAL unnest(carryover.inbox_ids(j.ids)) AS i(id)
          JOIN public.contact_inboxes b ON b.id = i.id
          WHERE j.id = ANY (run.entries) AND b.inbox_id <> source
            AND (these IS NULL OR EXISTS (SELECT FROM public.conversations c WHERE c.contact_inbox_id = b.id AND c.id = ANY (these)));
          IF ids IS NOT NULL THEN
            PERFORM carryover.inbox_return_contact_inboxes(ids, stamp);
            boxes := boxes + cardinality(ids);
          END IF;
        ELSE
          PERFORM carryover.inbox_restore(run.relation, run.entries);
        END IF;
      WHEN 'counted' THEN
        EXECUTE format($q$
          UPDATE public.%1$I t SET %2$I = %2$I - e.change
          FROM (SELECT row_id, sum((became #>> '{}')::bigint) AS change FROM carryover.inbox_entries($1) GROUP BY row_id) AS e WHERE t.id = e.row_id $q$,
          run.relation, run.field) USING run.entries;
    END CASE;
    undone := run.oldest;
  END LOOP;
  -- A contact inbox that a merge had given another contact has its own again: so have its conversations, which have not gone back.
  IF these IS NULL AND down_to > 0 THEN
    UPDATE public.conversations c SET contact_id = b.contact_id FROM (
      SELECT DISTINCT i.id FROM carryover.inbox_journal j CROSS JOIN LATERAL unnest(carryover.inbox_ids(j.ids)) AS i(id)
      WHERE j.migration_id = reversed AND j.batch = of_batch AND j.id >= down_to AND j.op = 'set' AND j.relation = 'contact_inboxes') AS own
    JOIN public.contact_inboxes b USING (id)
    WHERE c.contact_inbox_id = b.id AND c.inbox_id = b.inbox_id AND c.contact_id IS DISTINCT FROM b.contact_id;
  END IF;
  RETURN jsonb_build_object('conversations', conversations, 'messages', messages, 'attachments', attachments, 'contactInboxes', boxes, 'merged', contacts,
    'undone', CASE WHEN these IS NULL THEN undone ELSE below END);
END
$f$;
`;
