import type { ThreadRow } from '../../../domain/conversations/rows.js';
import type { Connection } from './transaction.js';

/**
 * Takes away names of contacts that their threads, which have none, should have given, or that no thread gave. Not for an import: a
 * contact without a name may have been given one by those who use the store already.
 */
export async function forgetNames(
  connection: Connection,
  accountId: string,
  threads: readonly ThreadRow[],
): Promise<void> {
  const nameless = threads.filter(({ contactName }) => contactName === null);
  if (nameless.length === 0) return;
  await connection.query(
    `UPDATE contacts c SET name = NULL, name_at = NULL, name_source_id = NULL
     FROM unnest($2::text[], $3::text[]) AS v (identity, source_id)
     WHERE c.account_id = $1 AND c.identity = v.identity AND c.name IS NOT NULL
       AND coalesce(c.name_source_id, v.source_id) = v.source_id COLLATE "C"`,
    [accountId, nameless.map(({ c2 }) => c2), nameless.map(({ sourceId }) => sourceId)],
  );
}

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
