/**
 * Undoes a batch of a migration, newest change first, at once or in parts. A field is restored only if it still has the value that the migration gave
 * it, so later edits by people stay. Later messages follow their conversation; a later conversation keeps its inbox and gets a contact inbox there.
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
`;
