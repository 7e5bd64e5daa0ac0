-- A cancellation that met the end of the last phase stayed beside `all-messages-migrated`, and nothing could clear it any more: a
-- start, a resume and a retry leave a finished migration alone. Clear it, and have the attachments fetched that it has kept waiting.
WITH cleared AS (
  UPDATE accounts SET migration = migration - 'cancelled'
  WHERE migration ->> 'status' = 'all-messages-migrated' AND migration ? 'cancelled'
  RETURNING id, source_id
)
INSERT INTO workflow_messages (account_source_id, workflow_id, kind, payload)
SELECT c.source_id, 'migration:' || c.source_id || '/attachments', 'retry-attachments',
  jsonb_build_object('by', 'Carryover', 'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
FROM cleared c
WHERE EXISTS (SELECT FROM brands b JOIN attachments x ON x.brand_id = b.id
  WHERE b.account_id = c.id AND x.stored_url IS NULL AND (x.error ->> 'final')::boolean IS NOT TRUE);
