import type { ThreadRow } from '../../../domain/conversations/rows.js';
import type { Connection } from './transaction.js';

/**
 * One contact of the account for each C2. The name comes from the source thread with the latest `last_message_at` that has one,
 * of equal ones from the smaller thread id, in whatever order threads are read.
 */
export async function upsertContacts(
  connection: Connection,
  accountId: string,
  threads: readonly ThreadRow[],
): Promise<void> {
  await connection.query(
    `INSERT INTO contacts AS known (account_id, identity, name, name_at, name_source_id)
     SELECT DISTINCT ON (identity) $1::bigint, identity, name, name_at, CASE WHEN name IS NOT NULL THEN source_id END
     FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[]) AS c (identity, name, name_at, source_id)
     ORDER BY identity, name IS NULL, name_at DESC NULLS LAST, source_id COLLATE "C"
     ON CONFLICT (account_id, identity) DO UPDATE
       SET name = excluded.name, name_at = excluded.name_at, name_source_id = excluded.name_source_id
     WHERE excluded.name IS NOT NULL AND (known.name IS NULL
       OR (excluded.name_source_id = known.name_source_id
         AND (excluded.name, excluded.name_at) IS DISTINCT FROM (known.name, known.name_at))
       OR coalesce(excluded.name_at, '-infinity') > coalesce(known.name_at, '-infinity')
       OR (coalesce(excluded.name_at, '-infinity') = coalesce(known.name_at, '-infinity')
         AND excluded.name_source_id < known.name_source_id))`,
    [
      accountId,
      threads.map((thread) => thread.c2),
      threads.map((thread) => thread.contactName),
      threads.map((thread) => thread.lastMessageAt),
      threads.map((thread) => thread.sourceId),
    ],
  );
}
