/**
 * Merges contacts into others, as `domain/inbox` says: the others keep their values, what is blank is filled, everything that names a contact is
 * repointed, and the contact goes. One wave at a time (`mergeWaves`): no contact is in a wave twice, so each step is one statement for the whole
 * wave.
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

-- Has the rows that name these contacts name the others.
CREATE FUNCTION inbox_repoint(migration bigint, batch bigint, relation text, field text, condition text, gone bigint[], kept bigint[])
RETURNS void LANGUAGE plpgsql AS $f$
BEGIN
  IF to_regclass('public.' || quote_ident(relation)) IS NULL THEN RETURN; END IF;
  EXECUTE format($q$
    WITH pairs AS MATERIALIZED (SELECT * FROM unnest($1, $2) AS p(gone, kept)),
    held AS MATERIALIZED (SELECT id, %2$I::bigint AS gone FROM public.%1$I WHERE %2$I = ANY ($1) AND %3$s ORDER BY id FOR UPDATE),
    changed AS (UPDATE public.%1$I t SET %2$I = p.kept FROM held JOIN pairs p USING (gone) WHERE t.id = held.id)
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before, after)
    SELECT $3, $4, 'set', %1$L, %2$L, range_agg(int8range(id, id, '[]')), to_jsonb(gone::text), to_jsonb(kept::text)
    FROM held JOIN pairs USING (gone) GROUP BY gone, kept $q$, relation, field, condition)
  USING gone, kept, migration, batch;
END
$f$;

-- Returns how many contacts have gone. A pair of which one is not there any more is left out.
CREATE FUNCTION inbox_merge_contacts(migration bigint, batch bigint, account bigint, merges jsonb, stamp timestamp)
RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE gone bigint[]; kept bigint[]; doubled bigint[]; changes jsonb; assigned text; counted record;
BEGIN
  PERFORM FROM public.contacts WHERE id IN (
    SELECT unnest(ARRAY[m.gone, m.kept]) FROM jsonb_to_recordset(merges) AS m(gone bigint, kept bigint)) ORDER BY id FOR UPDATE;
  WITH pairs AS MATERIALIZED (
    SELECT g.id AS gone, k.id AS kept, to_jsonb(g) AS goes, to_jsonb(k) AS stays
    FROM jsonb_to_recordset(merges) AS m(gone bigint, kept bigint) JOIN public.contacts g ON g.id = m.gone JOIN public.contacts k ON k.id = m.kept
  ), filled AS (
    SELECT p.gone, jsonb_object_agg(s.key, p.goes -> s.key) AS fields FROM pairs p CROSS JOIN LATERAL jsonb_each_text(p.stays) AS s(key, value)
    WHERE s.key NOT IN ('id', 'account_id', 'created_at', 'updated_at', 'blocked', 'custom_attributes', 'additional_attributes')
      AND carryover.inbox_is_blank(s.value) AND NOT carryover.inbox_is_blank(p.goes ->> s.key) GROUP BY p.gone
  )
  SELECT array_agg(p.gone ORDER BY p.gone), array_agg(p.kept ORDER BY p.gone), jsonb_agg(jsonb_build_object(
    'id', p.kept, 'before', p.stays, 'left', CASE WHEN p.stays ->> 'company_id' IS NOT NULL THEN p.goes -> 'company_id' END,
    'fields', coalesce(f.fields, '{}') || jsonb_build_object(
      'custom_attributes', carryover.inbox_deep_merge(p.stays -> 'custom_attributes', p.goes -> 'custom_attributes'),
      'additional_attributes', carryover.inbox_deep_merge(p.stays -> 'additional_attributes', p.goes -> 'additional_attributes'),
      'blocked', (p.stays ->> 'blocked')::boolean OR (p.goes ->> 'blocked')::boolean, 'updated_at', to_jsonb(stamp))) ORDER BY p.gone)
  INTO gone, kept, changes FROM pairs p LEFT JOIN filled f USING (gone);
  IF gone IS NULL THEN RETURN 0; END IF;

  -- 1. Labels: one of each. PostgreSQL's index does not stop doubles, because nobody is named as the tagger.
  SELECT array_agg(id) FILTER (WHERE is_double) INTO doubled FROM (
    SELECT t.id, row_number() OVER (PARTITION BY p.gone, t.tag_id, t.context ORDER BY t.id) > 1 OR EXISTS (
      SELECT FROM public.taggings o WHERE o.taggable_type = 'Contact' AND o.taggable_id = p.kept AND o.tag_id = t.tag_id AND o.context = t.context
    ) AS is_double
    FROM unnest(gone, kept) AS p(gone, kept) JOIN public.taggings t ON t.taggable_type = 'Contact' AND t.taggable_id = p.gone) AS labels;
  FOR counted IN SELECT tag_id AS id, count(*) AS labels FROM public.taggings WHERE id = ANY (doubled) GROUP BY tag_id ORDER BY tag_id LOOP
    PERFORM carryover.inbox_count(migration, batch, 'tags', 'taggings_count', counted.id, -counted.labels);
  END LOOP;
  PERFORM carryover.inbox_remove(migration, batch, 'taggings', doubled);

  -- 2. The picture goes along if the other has none.
  SELECT array_agg(a.id) INTO doubled FROM unnest(gone, kept) AS p(gone, kept)
  JOIN public.active_storage_attachments a ON a.record_type = 'Contact' AND a.record_id = p.gone
  WHERE EXISTS (SELECT FROM public.active_storage_attachments o WHERE o.record_type = 'Contact' AND o.record_id = p.kept);
  PERFORM carryover.inbox_remove(migration, batch, 'active_storage_attachments', doubled);

  -- 3. Everything that names the contact.
  PERFORM carryover.inbox_repoint(migration, batch, relation, field, condition, gone, kept) FROM (VALUES
    ('contact_inboxes', 'contact_id', 'true'), ('conversations', 'contact_id', 'true'), ('messages', 'sender_id', $q$sender_type = 'Contact'$q$),
    ('notes', 'contact_id', 'true'), ('csat_survey_responses', 'contact_id', 'true'), ('calls', 'contact_id', format('account_id = %s', account)),
    ('taggings', 'taggable_id', $q$taggable_type = 'Contact'$q$), ('active_storage_attachments', 'record_id', $q$record_type = 'Contact'$q$)
  ) AS r(relation, field, condition);

  -- 4. The contacts go before their values are taken over: e-mail address and identifier are unique in an account.
  PERFORM carryover.inbox_remove(migration, batch, 'contacts', gone);
  SELECT string_agg(format('%1$I = (n.value).%1$I', key), ', ') INTO assigned
  FROM (SELECT DISTINCT key FROM jsonb_array_elements(changes) AS c(change), jsonb_object_keys(change -> 'fields') AS k(key)) AS keys;
  EXECUTE format($q$
    UPDATE public.contacts c SET %s FROM (
      SELECT h.id, jsonb_populate_record(h, m.fields) AS value FROM jsonb_to_recordset($1) AS m(id bigint, before jsonb, fields jsonb) JOIN public.contacts h USING (id)
      WHERE EXISTS (SELECT FROM jsonb_each(m.fields) AS f(key, value) WHERE m.before -> f.key IS DISTINCT FROM f.value) OFFSET 0
    ) AS n WHERE c.id = n.id $q$, assigned) USING changes;
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids, before, after)
  SELECT migration, inbox_merge_contacts.batch, 'replaced', 'contacts', int8multirange(int8range(m.id, m.id, '[]')),
    jsonb_object_agg(f.key, m.before -> f.key), jsonb_object_agg(f.key, f.value)
  FROM jsonb_to_recordset(changes) AS m(id bigint, before jsonb, fields jsonb) CROSS JOIN LATERAL jsonb_each(m.fields) AS f(key, value)
  WHERE m.before -> f.key IS DISTINCT FROM f.value GROUP BY m.id;

  -- 5. One contact fewer at its company, unless the other has come to it.
  FOR counted IN SELECT m."left" AS id, count(*) AS contacts FROM jsonb_to_recordset(changes) AS m("left" bigint) WHERE m."left" IS NOT NULL GROUP BY 1 ORDER BY 1 LOOP
    PERFORM carryover.inbox_count(migration, batch, 'companies', 'contacts_count', counted.id, -counted.contacts);
    PERFORM carryover.inbox_replace(migration, batch, 'companies', counted.id, jsonb_build_object('updated_at', to_jsonb(stamp)));
  END LOOP;
  INSERT INTO carryover.inbox_merged SELECT migration, p.gone, p.kept FROM unnest(gone, kept) AS p(gone, kept)
  ON CONFLICT (migration_id, from_id) DO UPDATE SET into_id = excluded.into_id;
  RETURN cardinality(gone);
END
$f$;
`;
