/** What came too late for its batch, and what follows once all is moved. */
export const LATE = `
-- Chatwoot's own jobs may still name the source on what they add to a conversation that has moved, by this migration or an earlier one between the
-- same inboxes, or a contact that is merged. Returns how many rows were put right, at most a limit of each sort.
CREATE FUNCTION inbox_sweep(migration bigint, batch bigint, source bigint, destination bigint, row_limit bigint)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE
  ids bigint[]; relation text; swept bigint := 0; changed bigint; messages bigint := 0; attachments bigint := 0; pair record; column_name text;
BEGIN
  SELECT array_agg(id) INTO ids FROM (
    SELECT m.id FROM public.messages m JOIN carryover.inbox_moved v ON v.conversation_id = m.conversation_id
    JOIN carryover.inbox_migrations o ON o.id = v.migration_id AND o.source_inbox_id = source AND o.destination_inbox_id = destination
    JOIN public.conversations c ON c.id = m.conversation_id AND c.inbox_id = destination
    WHERE m.inbox_id = source ORDER BY m.id LIMIT row_limit) AS late;
  UPDATE public.messages SET inbox_id = destination WHERE id = ANY (ids);
  GET DIAGNOSTICS messages = ROW_COUNT;
  SELECT count(*) INTO attachments FROM public.attachments WHERE message_id = ANY (ids);
  FOREACH relation IN ARRAY ARRAY['reporting_events', 'sla_events', 'calls'] LOOP
    CONTINUE WHEN to_regclass('public.' || relation) IS NULL;
    EXECUTE format($q$
      UPDATE public.%1$I t SET inbox_id = $2 WHERE id IN (
        SELECT t.id FROM public.%1$I t JOIN carryover.inbox_moved v ON v.conversation_id = t.conversation_id
        JOIN carryover.inbox_migrations o ON o.id = v.migration_id AND o.source_inbox_id = $3 AND o.destination_inbox_id = $2
        JOIN public.conversations c ON c.id = t.conversation_id AND c.inbox_id = $2
        WHERE t.inbox_id = $3 ORDER BY t.id LIMIT $1) $q$, relation) USING row_limit, destination, source;
    GET DIAGNOSTICS changed = ROW_COUNT;
    swept := swept + changed;
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
      column_name := CASE relation WHEN 'messages' THEN 'sender_id' ELSE 'contact_id' END;
      EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM public.%I WHERE %I = $1 %s LIMIT $2) AS late', relation, column_name,
        CASE relation WHEN 'messages' THEN $q$AND sender_type = 'Contact'$q$ ELSE '' END) INTO ids USING pair.gone, row_limit;
      swept := swept + carryover.inbox_set(migration, batch, relation, column_name, pair.kept::text, ids);
    END LOOP;
  END LOOP;
  RETURN jsonb_build_object('rows', swept + messages, 'messages', messages, 'attachments', attachments);
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

-- Brings the stored figures of an inbox in line with its events, from a day on. Only rows that differ are touched.
CREATE FUNCTION inbox_rebuild_rollups(migration bigint, batch bigint, account bigint, inbox bigint, since date)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE zone text; stamp timestamp := now() AT TIME ZONE 'UTC'; wrong record;
BEGIN
  SELECT settings ->> 'reporting_timezone' INTO zone FROM public.accounts WHERE id = account;
  IF carryover.inbox_is_blank(zone) OR NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = zone) THEN RETURN; END IF;
  FOR wrong IN
    SELECT r.id, coalesce(f.date, r.date) AS date, f.metric, f.count, f.sum_value, f.sum_value_business_hours
    FROM carryover.inbox_rollups(account, inbox, zone) AS f
    FULL JOIN (
      SELECT * FROM public.reporting_events_rollups WHERE account_id = account AND dimension_type = 'inbox' AND dimension_id = inbox
        AND reporting_events_rollups.metric IN ('resolutions_count', 'resolution_time', 'first_response', 'reply_time', 'bot_resolutions_count', 'bot_handoffs_count')
    ) AS r ON r.date = f.date AND r.metric = f.metric
    WHERE (since IS NULL OR coalesce(f.date, r.date) >= since)
      AND (r.id IS NULL OR f.metric IS NULL OR f.count <> r.count OR abs(f.sum_value - r.sum_value) > 1e-6 * greatest(1, abs(f.sum_value))
        OR abs(f.sum_value_business_hours - r.sum_value_business_hours) > 1e-6 * greatest(1, abs(f.sum_value_business_hours)))
    ORDER BY 1, 2, 3
  LOOP
    IF wrong.metric IS NULL THEN
      PERFORM carryover.inbox_remove(migration, batch, 'reporting_events_rollups', ARRAY[wrong.id]);
    ELSIF wrong.id IS NOT NULL THEN
      PERFORM carryover.inbox_replace(migration, batch, 'reporting_events_rollups', wrong.id, jsonb_build_object('count', wrong.count,
        'sum_value', wrong.sum_value, 'sum_value_business_hours', wrong.sum_value_business_hours, 'updated_at', to_jsonb(stamp)));
    ELSE
      INSERT INTO public.reporting_events_rollups (account_id, date, dimension_type, dimension_id, metric, count, sum_value, sum_value_business_hours, created_at, updated_at)
      VALUES (account, wrong.date, 'inbox', inbox, wrong.metric, wrong.count, wrong.sum_value, wrong.sum_value_business_hours, stamp, stamp)
      RETURNING id INTO wrong.id;
      INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids)
      VALUES (migration, inbox_rebuild_rollups.batch, 'added', 'reporting_events_rollups', int8multirange(int8range(wrong.id, wrong.id, '[]')));
    END IF;
  END LOOP;
END
$f$;
`;
