/**
 * Merges a contact into another, as `domain/inbox` says: the other keeps its values, what is blank is filled, everything that names the contact is
 * repointed, and the contact goes. Returns false if one of them is gone.
 */
export const MERGE = String.raw`
CREATE FUNCTION inbox_is_blank(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT value IS NULL OR value ~ '^\s*$'
$f$;

-- The first wins; objects are merged key by key.
CREATE FUNCTION inbox_deep_merge(base jsonb, other jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE merged jsonb := base; entry record;
BEGIN
  IF base IS NULL OR base = 'null' THEN RETURN other; END IF;
  IF jsonb_typeof(base) <> 'object' OR jsonb_typeof(coalesce(other, 'null')) <> 'object' THEN RETURN base; END IF;
  FOR entry IN SELECT * FROM jsonb_each(other) LOOP
    IF NOT merged ? entry.key THEN merged := jsonb_set(merged, ARRAY[entry.key], entry.value);
    ELSIF jsonb_typeof(merged -> entry.key) = 'object' AND jsonb_typeof(entry.value) = 'object' THEN
      merged := jsonb_set(merged, ARRAY[entry.key], carryover.inbox_deep_merge(merged -> entry.key, entry.value));
    END IF;
  END LOOP;
  RETURN merged;
END
$f$;

CREATE FUNCTION inbox_merge_contact(migration bigint, batch bigint, gone bigint, kept bigint, stamp timestamp)
RETURNS boolean LANGUAGE plpgsql AS $f$
DECLARE
  goes public.contacts; stays public.contacts; fields jsonb := '{}'; column_name text;
  taken bigint[]; doubled bigint[]; tag record;
BEGIN
  PERFORM FROM public.contacts WHERE id IN (gone, kept) ORDER BY id FOR UPDATE;
  SELECT * INTO goes FROM public.contacts WHERE id = gone;
  SELECT * INTO stays FROM public.contacts WHERE id = kept;
  IF goes.id IS NULL OR stays.id IS NULL OR gone = kept THEN RETURN false; END IF;

  -- 1. Everything that names the contact.
  PERFORM carryover.inbox_set(migration, batch, 'contact_inboxes', 'contact_id', kept::text,
    (SELECT array_agg(id) FROM public.contact_inboxes WHERE contact_id = gone));
  PERFORM carryover.inbox_set(migration, batch, 'conversations', 'contact_id', kept::text,
    (SELECT array_agg(id) FROM public.conversations WHERE contact_id = gone));
  PERFORM carryover.inbox_set(migration, batch, 'messages', 'sender_id', kept::text,
    (SELECT array_agg(id) FROM public.messages WHERE sender_type = 'Contact' AND sender_id = gone));
  PERFORM carryover.inbox_set(migration, batch, 'notes', 'contact_id', kept::text,
    (SELECT array_agg(id) FROM public.notes WHERE contact_id = gone));
  PERFORM carryover.inbox_set(migration, batch, 'csat_survey_responses', 'contact_id', kept::text,
    (SELECT array_agg(id) FROM public.csat_survey_responses WHERE contact_id = gone));
  IF to_regclass('public.calls') IS NOT NULL THEN
    EXECUTE 'SELECT array_agg(id) FROM public.calls WHERE account_id = $1 AND contact_id = $2' INTO taken USING goes.account_id, gone;
    PERFORM carryover.inbox_set(migration, batch, 'calls', 'contact_id', kept::text, taken);
  END IF;

  -- 2. Labels: one of each. PostgreSQL's index does not stop doubles, because nobody is named as the tagger.
  SELECT array_agg(id) FILTER (WHERE is_first), array_agg(id) FILTER (WHERE NOT is_first) INTO taken, doubled FROM (
    SELECT t.id, row_number() OVER (PARTITION BY t.tag_id, t.context ORDER BY t.id) = 1 AND NOT EXISTS (
      SELECT FROM public.taggings o WHERE o.taggable_type = 'Contact' AND o.taggable_id = kept AND o.tag_id = t.tag_id AND o.context = t.context
    ) AS is_first
    FROM public.taggings t WHERE t.taggable_type = 'Contact' AND t.taggable_id = gone) AS labels;
  PERFORM carryover.inbox_set(migration, batch, 'taggings', 'taggable_id', kept::text, taken);
  FOR tag IN SELECT tag_id, count(*) AS labels FROM public.taggings WHERE id = ANY (doubled) GROUP BY tag_id ORDER BY tag_id LOOP
    PERFORM carryover.inbox_count(migration, batch, 'tags', 'taggings_count', tag.tag_id, -tag.labels);
  END LOOP;
  PERFORM carryover.inbox_remove(migration, batch, 'taggings', doubled);

  -- 3. The picture goes along if the other has none.
  SELECT array_agg(id) INTO taken FROM public.active_storage_attachments WHERE record_type = 'Contact' AND record_id = gone;
  IF EXISTS (SELECT FROM public.active_storage_attachments WHERE record_type = 'Contact' AND record_id = kept) THEN
    PERFORM carryover.inbox_remove(migration, batch, 'active_storage_attachments', taken);
  ELSE
    PERFORM carryover.inbox_set(migration, batch, 'active_storage_attachments', 'record_id', kept::text, taken);
  END IF;

  -- 4. The contact goes before its values are taken over: e-mail address and identifier are unique in an account.
  FOR column_name IN
    SELECT key FROM jsonb_each_text(to_jsonb(stays))
    WHERE key NOT IN ('id', 'account_id', 'created_at', 'updated_at', 'blocked', 'custom_attributes', 'additional_attributes')
      AND carryover.inbox_is_blank(value)
  LOOP
    IF NOT carryover.inbox_is_blank(to_jsonb(goes) ->> column_name) THEN
      fields := fields || jsonb_build_object(column_name, to_jsonb(goes) -> column_name);
    END IF;
  END LOOP;
  fields := fields || jsonb_build_object(
    'custom_attributes', carryover.inbox_deep_merge(stays.custom_attributes, goes.custom_attributes),
    'additional_attributes', carryover.inbox_deep_merge(stays.additional_attributes, goes.additional_attributes),
    'blocked', stays.blocked OR goes.blocked,
    'updated_at', to_jsonb(stamp));
  PERFORM carryover.inbox_remove(migration, batch, 'contacts', ARRAY[gone]);
  PERFORM carryover.inbox_replace(migration, batch, 'contacts', kept, fields);

  -- 5. One contact fewer at the company, unless the other has come to it.
  IF goes.company_id IS NOT NULL AND stays.company_id IS NOT NULL THEN
    PERFORM carryover.inbox_count(migration, batch, 'companies', 'contacts_count', goes.company_id, -1);
    PERFORM carryover.inbox_replace(migration, batch, 'companies', goes.company_id, jsonb_build_object('updated_at', to_jsonb(stamp)));
  END IF;
  INSERT INTO carryover.inbox_merged VALUES (migration, gone, kept)
  ON CONFLICT (migration_id, from_id) DO UPDATE SET into_id = excluded.into_id;
  RETURN true;
END
$f$;
`;
