/**
 * Takes back a batch of a migration, newest change first. A field goes back only if it still has the value that the migration gave it: what people have
 * changed since stays. Later messages follow their conversation; a later conversation keeps its inbox and gets a contact inbox there.
 */
export const UNDO = `
CREATE FUNCTION inbox_ids(ranges int8multirange) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT array_agg(i ORDER BY i) FROM unnest(ranges) AS r(part), generate_series(lower(part), upper(part) - 1) AS i
$f$;

-- The fields of a row that still have the values of \`after\` get those of \`before\`.
CREATE FUNCTION inbox_restore(relation text, row_id bigint, before jsonb, after jsonb)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE held jsonb; assigned text;
BEGIN
  EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE id = $1 FOR UPDATE', relation) INTO held USING row_id;
  SELECT string_agg(format('%1$I = (jsonb_populate_record(NULL::public.%2$I, $2)).%1$I', key, relation), ', ') INTO assigned
  FROM jsonb_object_keys(after) AS k(key) WHERE held -> key = after -> key AND before -> key IS DISTINCT FROM after -> key;
  IF assigned IS NOT NULL THEN EXECUTE format('UPDATE public.%I SET %s WHERE id = $1', relation, assigned) USING row_id, before; END IF;
END
$f$;

-- A contact inbox goes back to the source. Conversations that have come to the destination since keep one there.
CREATE FUNCTION inbox_return_contact_inbox(row_id bigint, before jsonb, after jsonb, stamp timestamp)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE stay bigint[]; box bigint;
BEGIN
  SELECT array_agg(id ORDER BY id) INTO stay FROM public.conversations WHERE contact_inbox_id = row_id AND inbox_id = (after ->> 'inbox_id')::bigint;
  PERFORM carryover.inbox_restore('contact_inboxes', row_id, before, after);
  IF stay IS NULL THEN RETURN; END IF;
  INSERT INTO public.contact_inboxes (contact_id, inbox_id, source_id, created_at, updated_at, hmac_verified)
  SELECT contact_id, (after ->> 'inbox_id')::bigint, after ->> 'source_id', stamp, stamp, false FROM public.contact_inboxes WHERE id = row_id
  RETURNING id INTO box;
  UPDATE public.conversations SET contact_inbox_id = box WHERE id = ANY (stay);
END
$f$;

-- A row that was removed comes back whole. A contact whose e-mail address or identifier somebody else has taken since comes back without it.
CREATE FUNCTION inbox_bring_back(relation text, whole jsonb)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE field text; taken boolean;
BEGIN
  IF relation = 'contacts' THEN
    FOREACH field IN ARRAY ARRAY['email', 'identifier'] LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM public.contacts WHERE %1$I = $1 AND account_id = $2)', field)
      INTO taken USING whole ->> field, (whole ->> 'account_id')::bigint;
      IF taken THEN whole := whole || jsonb_build_object(field, NULL); END IF;
    END LOOP;
  END IF;
  EXECUTE format('INSERT INTO public.%1$I SELECT * FROM jsonb_populate_record(NULL::public.%1$I, $1) ON CONFLICT DO NOTHING', relation) USING whole;
END
$f$;

-- Returns how many conversations, messages, contact inboxes and contacts have gone back.
CREATE FUNCTION inbox_undo(reversing bigint, reversed bigint, of_batch bigint, source bigint, destination bigint, row_limit bigint)
RETURNS jsonb LANGUAGE plpgsql AS $f$
DECLARE
  entry carryover.inbox_journal; ids bigint[]; large bigint[]; recent bigint[]; done bigint; stamp timestamp := now() AT TIME ZONE 'UTC';
  conversations bigint := 0; messages bigint := 0; attachments bigint := 0; boxes bigint := 0; contacts bigint := 0;
BEGIN
  FOR entry IN SELECT * FROM carryover.inbox_journal j WHERE j.migration_id = reversed AND j.batch = of_batch ORDER BY j.id DESC LOOP
    ids := carryover.inbox_ids(entry.ids);
    CASE entry.op
      WHEN 'set' THEN
        PERFORM FROM public.conversations c WHERE entry.relation = 'conversations' AND c.id = ANY (ids) ORDER BY c.id FOR UPDATE;
        EXECUTE format('UPDATE public.%1$I SET %2$I = %3$L WHERE id = ANY ($1) AND %2$I IS NOT DISTINCT FROM %4$L',
          entry.relation, entry.field, entry.before #>> '{}', entry.after #>> '{}') USING ids;
        GET DIAGNOSTICS done = ROW_COUNT;
        IF entry.relation = 'conversations' AND entry.field = 'inbox_id' THEN conversations := conversations + done; END IF;
      WHEN 'was' THEN
        EXECUTE format('UPDATE public.%1$I SET %2$I = %3$L WHERE id = ANY ($1)', entry.relation, entry.field, entry.before #>> '{}') USING ids;
      WHEN 'follow' THEN
        -- The conversations go back after what hangs off them: within this transaction nobody sees that.
        recent := NULL;
        IF entry.relation = 'messages' THEN
          SELECT r.large, r.recent INTO large, recent FROM carryover.inbox_recent(ids, row_limit) AS r;
          INSERT INTO carryover.inbox_tails SELECT reversing, id FROM unnest(large) AS c(id) ON CONFLICT DO NOTHING;
        END IF;
        EXECUTE format('UPDATE public.%I SET inbox_id = $1 WHERE conversation_id = ANY ($2) AND ($3 IS NULL OR id = ANY ($3)) AND inbox_id IS DISTINCT FROM $1',
          entry.relation) USING source, ids, recent;
        GET DIAGNOSTICS done = ROW_COUNT;
        IF entry.relation = 'messages' THEN
          messages := messages + done;
          SELECT attachments + count(*) INTO attachments FROM public.attachments a JOIN public.messages m ON m.id = a.message_id WHERE m.conversation_id = ANY (ids);
        END IF;
      WHEN 'added' THEN
        IF entry.relation = 'contact_inboxes' THEN
          DELETE FROM public.contact_inboxes b WHERE b.id = ANY (ids) AND NOT EXISTS (SELECT FROM public.conversations c WHERE c.contact_inbox_id = b.id);
        ELSE
          EXECUTE format('DELETE FROM public.%I WHERE id = ANY ($1)', entry.relation) USING ids;
        END IF;
      WHEN 'removed' THEN
        PERFORM carryover.inbox_bring_back(entry.relation, entry.before);
        IF entry.relation = 'contact_inboxes' THEN boxes := boxes + 1; ELSIF entry.relation = 'contacts' THEN contacts := contacts + 1; END IF;
      WHEN 'replaced' THEN
        IF entry.relation = 'contact_inboxes' THEN
          PERFORM carryover.inbox_return_contact_inbox(ids[1], entry.before, entry.after, stamp);
          boxes := boxes + 1;
        ELSE
          PERFORM carryover.inbox_restore(entry.relation, ids[1], entry.before, entry.after);
        END IF;
      WHEN 'counted' THEN
        EXECUTE format('UPDATE public.%1$I SET %2$I = %2$I - $1 WHERE id = ANY ($2)', entry.relation, entry.field) USING (entry.after #>> '{}')::bigint, ids;
    END CASE;
  END LOOP;
  RETURN jsonb_build_object('conversations', conversations, 'messages', messages, 'attachments', attachments, 'contactInboxes', boxes, 'merged', contacts);
END
$f$;
`;
