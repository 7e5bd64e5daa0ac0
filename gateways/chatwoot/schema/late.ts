/** SQL for rows that came too late for their batch, and for the steps after everything is moved. */
export const LATE = `
-- Chatwoot's own jobs may still name the source on what they add to a conversation that has moved, by this migration or an earlier one between the
-- same inboxes, or a contact that is merged. Returns how many rows were put right, at most a limit. All is found before anything is locked.
CREATE FUNCTION inbox_sweep(migration bigint, batch bigint, source bigint, destination bigint, row_limit bigint)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE
  found jsonb := '{}'; ids bigint[]; relation text; room bigint := row_limit; swept bigint := 0; attachments bigint := 0; pair record; late jsonb := '[]';
  since timestamptz;
BEGIN
  FOREACH relation IN ARRAY ARRAY['messages', 'reporting_events', 'sla_events', 'calls'] LOOP
    CONTINUE WHEN room <= 0 OR to_regclass('public.' || relation) IS NULL;
    EXECUTE format($q$
      SELECT array_agg(id) FROM (
        SELECT t.id FROM public.%1$I t JOIN carryover.inbox_moved v ON v.conversation_id = t.conversation_id
        JOIN carryover.inbox_migrations o ON o.id = v.migration_id AND o.source_inbox_id = $1 AND o.destination_inbox_id = $2
        JOIN public.conversations c ON c.id = t.conversation_id AND c.inbox_id = $2
        WHERE t.inbox_id = $1 ORDER BY t.id LIMIT $3) AS late $q$, relation) INTO ids USING source, destination, room;
    CONTINUE WHEN ids IS NULL;
    found := found || jsonb_build_object(relation, ids);
    room := room - cardinality(ids);
  END LOOP;
  FOR pair IN
    SELECT m.from_id AS gone, m.into_id AS kept FROM carryover.inbox_merged m
    WHERE m.migration_id = migration AND NOT EXISTS (SELECT FROM public.contacts c WHERE c.id = m.from_id) AND (
      EXISTS (SELECT FROM public.conversations c WHERE c.contact_id = m.from_id) OR EXISTS (SELECT FROM public.contact_inboxes b WHERE b.contact_id = m.from_id)
      OR EXISTS (SELECT FROM public.messages s WHERE s.sender_type = 'Contact' AND s.sender_id = m.from_id)
      OR EXISTS (SELECT FROM public.notes n WHERE n.contact_id = m.from_id)
      OR EXISTS (SELECT FROM public.csat_survey_responses r WHERE r.contact_id = m.from_id))
    ORDER BY m.from_id LIMIT 100
  LOOP
    FOREACH relation IN ARRAY ARRAY['conversations', 'contact_inboxes', 'notes', 'csat_survey_responses', 'messages'] LOOP
      CONTINUE WHEN room <= 0;
      EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM public.%I WHERE %s = $1 LIMIT $2) AS late', relation,
        CASE relation WHEN 'messages' THEN $q$sender_type = 'Contact' AND sender_id$q$ ELSE 'contact_id' END) INTO ids USING pair.gone, room;
      CONTINUE WHEN ids IS NULL;
      late := late || jsonb_build_object('relation', relation, 'kept', pair.kept, 'ids', ids);
      room := room - cardinality(ids);
    END LOOP;
  END LOOP;
  SELECT count(*) INTO attachments FROM public.attachments WHERE message_id IN (SELECT jsonb_array_elements_text(found -> 'messages')::bigint);

  since := clock_timestamp();
  FOR pair IN SELECT key AS relation, ARRAY(SELECT jsonb_array_elements_text(value)::bigint) AS ids FROM jsonb_each(found) LOOP
    EXECUTE format('UPDATE public.%I SET inbox_id = $1 WHERE id = ANY ($2)', pair.relation) USING destination, pair.ids;
    swept := swept + cardinality(pair.ids);
  END LOOP;
  FOR pair IN SELECT * FROM jsonb_to_recordset(late) AS l(relation text, kept text, ids jsonb) LOOP
    swept := swept + carryover.inbox_set(migration, batch, pair.relation, CASE pair.relation WHEN 'messages' THEN 'sender_id' ELSE 'contact_id' END, pair.kept,
      ARRAY(SELECT jsonb_array_elements_text(pair.ids)::bigint));
  END LOOP;
  RETURN jsonb_build_object('rows', swept, 'messages', coalesce(jsonb_array_length(found -> 'messages'), 0), 'attachments', attachments,
    'lockMs', extract(epoch FROM clock_timestamp() - since) * 1000);
END
$f$;

-- The same for conversations that have gone back from one inbox to another. What had named that inbox before the move names it again. Returns how many messages
-- were put right.
CREATE FUNCTION inbox_sweep_back(reversed bigint, conversations bigint[], came_from bigint, went_to bigint)
RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE relation text; swept bigint; messages bigint := 0;
BEGIN
  FOREACH relation IN ARRAY ARRAY['messages', 'reporting_events', 'sla_events', 'calls'] LOOP
    CONTINUE WHEN to_regclass('public.' || relation) IS NULL;
    EXECUTE format($q$
      UPDATE public.%1$I t SET inbox_id = $4 FROM public.conversations c
      WHERE t.conversation_id = ANY ($2) AND t.inbox_id = $3 AND c.id = t.conversation_id AND c.inbox_id = $4 AND NOT EXISTS (
        SELECT FROM carryover.inbox_journal j WHERE j.migration_id = $1 AND j.relation = %1$L AND j.op = 'was' AND j.ids @> t.id::bigint) $q$, relation)
    USING reversed, conversations, came_from, went_to;
    GET DIAGNOSTICS swept = ROW_COUNT;
    IF relation = 'messages' THEN messages := swept; END IF;
  END LOOP;
  RETURN messages;
END
$f$;

-- What reports count of an inbox, a day and a metric, from the events themselves.
CREATE FUNCTION inbox_rollups(account bigint, inbox bigint, zone text)
RETURNS TABLE (date date, metric text, count bigint, sum_value double precision, sum_value_business_hours double precision) LANGUAGE sql STABLE AS $f$
  SELECT (e.created_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date, m.metric, count(*),
    CASE WHEN m.summed THEN coalesce(sum(e.value), 0) ELSE 0 END, CASE WHEN m.summed THEN coalesce(sum(e.value_in_business_hours), 0) ELSE 0 END
  FROM public.reporting_events e JOIN (VALUES
    ('conversation_resolved', 'resolutions_count', false), ('conversation_resolved', 'resolution_time', true),
    ('first_response', 'first_response', true), ('reply_time', 'reply_time', true),
    ('conversation_bot_resolved', 'bot_resolutions_count', false), ('conversation_bot_handoff', 'bot_handoffs_count', false)
  ) AS m(name, metric, summed) ON m.name = e.name
  WHERE e.account_id = account AND e.inbox_id = inbox GROUP BY 1, 2, m.summed
$f$;

-- Brings the stored figures of an inbox in line with its events, from a day on: the first rows that differ. Returns how many they were.
CREATE FUNCTION inbox_rebuild_rollups(migration bigint, batch bigint, account bigint, inbox bigint, since date, row_limit bigint)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE zone text; stamp timestamp := now() AT TIME ZONE 'UTC'; wrong jsonb; ids bigint[]; locked timestamptz;
BEGIN
  SELECT settings ->> 'reporting_timezone' INTO zone FROM public.accounts WHERE id = account;
  IF carryover.inbox_is_blank(zone) OR NOT carryover.inbox_is_zone(zone) THEN RETURN '{"changed": 0, "lockMs": 0}'; END IF;
  SELECT jsonb_agg(to_jsonb(w)) INTO wrong FROM (
    SELECT r.id, coalesce(f.date, r.date) AS date, f.metric, f.count, f.sum_value, f.sum_value_business_hours
    FROM carryover.inbox_rollups(account, inbox, zone) AS f
    FULL JOIN (
      SELECT * FROM public.reporting_events_rollups WHERE account_id = account AND dimension_type = 'inbox' AND dimension_id = inbox
        AND reporting_events_rollups.metric IN ('resolutions_count', 'resolution_time', 'first_response', 'reply_time', 'bot_resolutions_count', 'bot_handoffs_count')
    ) AS r ON r.date = f.date AND r.metric = f.metric
    WHERE (since IS NULL OR coalesce(f.date, r.date) >= since)
      AND (r.id IS NULL OR f.metric IS NULL OR f.count <> r.count OR abs(f.sum_value - r.sum_value) > 1e-6 * greatest(1, abs(f.sum_value))
        OR abs(f.sum_value_business_hours - r.sum_value_business_hours) > 1e-6 * greatest(1, abs(f.sum_value_business_hours)))
    ORDER BY 2, 3 LIMIT row_limit) AS w;
  locked := clock_timestamp();
  SELECT array_agg(id) INTO ids FROM jsonb_to_recordset(wrong) AS w(id bigint, metric text) WHERE metric IS NULL;
  PERFORM carryover.inbox_remove(migration, batch, 'reporting_events_rollups', ids);
  PERFORM FROM public.reporting_events_rollups WHERE id IN (SELECT id FROM jsonb_to_recordset(wrong) AS w(id bigint)) ORDER BY id FOR UPDATE;
  WITH want AS (
    SELECT * FROM jsonb_to_recordset(wrong) AS w(id bigint, metric text, count bigint, sum_value double precision, sum_value_business_hours double precision)
    WHERE id IS NOT NULL AND metric IS NOT NULL
  ), held AS MATERIALIZED (SELECT r.id, to_jsonb(r) AS before FROM public.reporting_events_rollups r JOIN want USING (id)
  ), changed AS (
    UPDATE public.reporting_events_rollups r SET count = want.count, sum_value = want.sum_value, sum_value_business_hours = want.sum_value_business_hours, updated_at = stamp
    FROM want WHERE r.id = want.id RETURNING r.id, to_jsonb(r) AS after
  )
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids, before, after)
  SELECT migration, inbox_rebuild_rollups.batch, 'replaced', 'reporting_events_rollups', int8multirange(int8range(id, id, '[]')),
    (SELECT jsonb_object_agg(key, value) FROM jsonb_each(before) WHERE after -> key IS DISTINCT FROM value),
    (SELECT jsonb_object_agg(key, value) FROM jsonb_each(after) WHERE before -> key IS DISTINCT FROM value)
  FROM held JOIN changed USING (id);
  WITH added AS (
    INSERT INTO public.reporting_events_rollups (account_id, date, dimension_type, dimension_id, metric, count, sum_value, sum_value_business_hours, created_at, updated_at)
    SELECT account, w.date, 'inbox', inbox, w.metric, w.count, w.sum_value, w.sum_value_business_hours, stamp, stamp
    FROM jsonb_to_recordset(wrong) AS w(id bigint, date date, metric text, count bigint, sum_value double precision, sum_value_business_hours double precision)
    WHERE w.id IS NULL RETURNING id
  )
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids)
  SELECT migration, inbox_rebuild_rollups.batch, 'added', 'reporting_events_rollups', range_agg(int8range(id, id, '[]')) FROM added HAVING count(*) > 0;
  RETURN jsonb_build_object('changed', coalesce(jsonb_array_length(wrong), 0), 'lockMs', extract(epoch FROM clock_timestamp() - locked) * 1000);
END
$f$;

-- Whether PostgreSQL knows a time zone. Its list of all of them is read from files.
CREATE FUNCTION inbox_is_zone(zone text) RETURNS boolean LANGUAGE plpgsql STABLE AS $f$
BEGIN
  PERFORM now() AT TIME ZONE zone;
  RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN RETURN false;
END
$f$;
`;
