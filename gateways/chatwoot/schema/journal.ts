/**
 * Statements that change rows of Chatwoot and note in the journal what undoes the change. `value` is PostgreSQL's text of the value. Rows are locked
 * in the order of their ids.
 */
export const JOURNAL = `
-- Sets a field of rows by id. Rows that have the value already are left alone. Returns how many changed.
CREATE FUNCTION inbox_set(migration bigint, batch bigint, relation text, field text, value text, row_ids bigint[])
RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE changed bigint;
BEGIN
  IF coalesce(cardinality(row_ids), 0) = 0 THEN RETURN 0; END IF;
  EXECUTE format($q$
    WITH held AS MATERIALIZED (
      SELECT id, %2$I AS value FROM public.%1$I WHERE id = ANY ($1) AND %2$I IS DISTINCT FROM %3$L ORDER BY id FOR UPDATE
    ), changed AS (
      UPDATE public.%1$I t SET %2$I = %3$L FROM held WHERE t.id = held.id RETURNING t.id
    ), noted AS (
      INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before, after)
      SELECT $2, $3, 'set', %1$L, %2$L, range_agg(int8range(id, id, '[]')), to_jsonb(value::text), to_jsonb(%3$L::text) FROM held GROUP BY value
    )
    SELECT count(*) FROM changed $q$, relation, field, value)
  INTO changed USING row_ids, migration, batch;
  RETURN changed;
END
$f$;

-- Removes rows by id and keeps them whole.
CREATE FUNCTION inbox_remove(migration bigint, batch bigint, relation text, row_ids bigint[])
RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE removed bigint;
BEGIN
  IF coalesce(cardinality(row_ids), 0) = 0 THEN RETURN 0; END IF;
  EXECUTE format($q$
    WITH held AS MATERIALIZED (SELECT id FROM public.%1$I WHERE id = ANY ($1) ORDER BY id FOR UPDATE),
    removed AS (DELETE FROM public.%1$I t USING held WHERE t.id = held.id RETURNING to_jsonb(t) AS whole),
    noted AS (
      INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, before)
      SELECT $2, $3, 'removed', %1$L, whole FROM removed
    )
    SELECT count(*) FROM removed $q$, relation)
  INTO removed USING row_ids, migration, batch;
  RETURN removed;
END
$f$;

-- Sets several fields of one row: \`fields\` is what changes, as JSON of the row.
CREATE FUNCTION inbox_replace(migration bigint, batch bigint, relation text, row_id bigint, fields jsonb)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE held jsonb; changes jsonb; assigned text;
BEGIN
  EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE id = $1 FOR UPDATE', relation) INTO held USING row_id;
  SELECT jsonb_object_agg(key, value), string_agg(format('%1$I = (jsonb_populate_record(NULL::public.%2$I, $2)).%1$I', key, relation), ', ')
  INTO changes, assigned FROM jsonb_each(fields) WHERE held -> key IS DISTINCT FROM value;
  IF held IS NULL OR changes IS NULL THEN RETURN; END IF;
  EXECUTE format('UPDATE public.%I SET %s WHERE id = $1', relation, assigned) USING row_id, changes;
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids, before, after)
  SELECT migration, inbox_replace.batch, 'replaced', relation, int8multirange(int8range(row_id, row_id, '[]')),
    (SELECT jsonb_object_agg(key, held -> key) FROM jsonb_object_keys(changes) AS k(key)), changes;
END
$f$;

-- Adds to a counter that Rails keeps.
CREATE FUNCTION inbox_count(migration bigint, batch bigint, relation text, field text, row_id bigint, change bigint)
RETURNS void LANGUAGE plpgsql AS $f$
DECLARE found_row boolean;
BEGIN
  IF row_id IS NULL OR change = 0 THEN RETURN; END IF;
  EXECUTE format('UPDATE public.%1$I SET %2$I = %2$I + $2 WHERE id = $1 AND %2$I IS NOT NULL RETURNING true', relation, field)
  INTO found_row USING row_id, change;
  IF found_row THEN
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, after)
    VALUES (migration, inbox_count.batch, 'counted', relation, field, int8multirange(int8range(row_id, row_id, '[]')), to_jsonb(change));
  END IF;
END
$f$;

-- Gives all that hangs off these conversations the destination's inbox. What named neither inbox, or the destination already, is noted by itself.
CREATE FUNCTION inbox_follow(migration bigint, batch bigint, relation text, conversations bigint[], source bigint, destination bigint)
RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE changed bigint;
BEGIN
  IF to_regclass('public.' || quote_ident(relation)) IS NULL OR coalesce(cardinality(conversations), 0) = 0 THEN RETURN 0; END IF;
  EXECUTE format($q$
    INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, field, ids, before)
    SELECT $1, $2, 'was', %1$L, 'inbox_id', range_agg(int8range(id, id, '[]')), to_jsonb(inbox_id::text)
    FROM public.%1$I WHERE conversation_id = ANY ($3) AND inbox_id IS DISTINCT FROM $4 GROUP BY inbox_id $q$, relation)
  USING migration, batch, conversations, source;
  EXECUTE format('UPDATE public.%I SET inbox_id = $1 WHERE conversation_id = ANY ($2) AND inbox_id IS DISTINCT FROM $1', relation)
  USING destination, conversations;
  GET DIAGNOSTICS changed = ROW_COUNT;
  INSERT INTO carryover.inbox_journal (migration_id, batch, op, relation, ids)
  SELECT migration, inbox_follow.batch, 'follow', relation, range_agg(int8range(id, id, '[]')) FROM unnest(conversations) AS c(id);
  RETURN changed;
END
$f$;
`;
