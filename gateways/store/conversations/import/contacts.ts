import type { ThreadRow } from '../../../../domain/conversations/records/rows.js';
import type { Transaction } from '../../sql/transaction.js';

/**
 * Removes the source's names of contacts whose threads no longer have one, unless a person has changed the name. Not for imports, where a thread that
 * lost its name changes nothing.
 */
export async function removeSourceNames(
  tx: Transaction,
  accountId: string,
  threads: readonly ThreadRow[],
): Promise<void> {
  const nameless = threads.filter(({ contactName }) => contactName === null);
  if (nameless.length === 0) return;
  await tx.query(
    `UPDATE contacts c SET name = CASE WHEN name IS DISTINCT FROM source_name THEN name END,
       source_name = NULL, name_at = NULL, name_source_id = NULL
     FROM unnest($2::text[], $3::text[]) AS v (identity, source_id)
     WHERE c.account_id = $1 AND c.identity = v.identity AND c.source_name IS NOT NULL
       AND coalesce(c.name_source_id, v.source_id) = v.source_id COLLATE "C"`,
    [accountId, nameless.map(({ c2 }) => c2), nameless.map(({ sourceId }) => sourceId)],
  );
}

/**
 * Creates or updates one contact of the account for each C2. The source's name comes from the thread with a name and the latest `last_message_at`, of
 * equal ones from the smaller thread id, independent of the reading order. The contact takes that name unless a person has changed it; then only a
 * thread that was `readBefore` and has a new name replaces it.
 */
export async function upsertContacts(
  tx: Transaction,
  accountId: string,
  threads: readonly ThreadRow[],
  readBefore: readonly string[],
): Promise<void> {
  await tx.query(
    `INSERT INTO contacts AS known (account_id, identity, name, source_name, name_at, name_source_id)
     SELECT DISTINCT ON (identity) $1::bigint, identity, name, name, name_at, CASE WHEN name IS NOT NULL THEN source_id END
     FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[]) AS c (identity, name, name_at, source_id)
     ORDER BY identity, name IS NULL, name_at DESC NULLS LAST, source_id COLLATE "C"
     ON CONFLICT (account_id, identity) DO UPDATE
       SET source_name = excluded.source_name, name_at = excluded.name_at, name_source_id = excluded.name_source_id,
         name = CASE WHEN known.name IS NOT DISTINCT FROM known.source_name
           OR (excluded.source_name IS DISTINCT FROM known.source_name AND excluded.name_source_id = ANY ($6::text[]))
           THEN excluded.name ELSE known.name END
     WHERE excluded.source_name IS NOT NULL AND (known.source_name IS NULL
       OR (excluded.name_source_id = known.name_source_id
         AND (excluded.source_name, excluded.name_at) IS DISTINCT FROM (known.source_name, known.name_at))
       OR coalesce(excluded.name_at, '-infinity') > coalesce(known.name_at, '-infinity')
       OR (coalesce(excluded.name_at, '-infinity') = coalesce(known.name_at, '-infinity')
         AND excluded.name_source_id < known.name_source_id))`,
    [
      accountId,
      threads.map((thread) => thread.c2),
      threads.map((thread) => thread.contactName),
      threads.map((thread) => thread.lastMessageAt),
      threads.map((thread) => thread.sourceId),
      readBefore,
    ],
  );
}

/**
 * Removes those of these contacts that no longer have a thread. A transaction that is about to give a contact a thread has locked it
 * (`upsertContacts`).
 */
export async function removeThreadless(tx: Transaction, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return;
  // Waits for such transactions; the next statement then sees their threads.
  await tx.query('SELECT FROM contacts WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE', [contactIds]);
  await tx.query(
    `DELETE FROM contacts c WHERE id = ANY ($1::bigint[])
       AND NOT EXISTS (SELECT FROM message_threads t WHERE t.contact_id = c.id)`,
    [contactIds],
  );
}
