import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** A message as it was read, with the brand's thread for it; undefined if there is none. */
export interface SoughtMessage {
  readonly row: Pick<MessageRow, 'sourceId' | 'digest' | 'attachments' | 'attachmentsDigest'>;
  readonly threadId: string | undefined;
}

const FILES = 'FROM attachments a WHERE a.message_id = m.id';

/** A digest has the keys in it too. One row with a list, because a page has thousands of messages. */
const ALIKE = `
  SELECT string_agg(coalesce((
    SELECT m.id::text FROM messages m
    WHERE m.source_id = v.source_id COLLATE "C" AND m.thread_id = v.thread_id AND message_digest(m) = v.digest AND
      CASE WHEN v.files = 0 THEN NOT EXISTS (SELECT ${FILES})
        ELSE (SELECT count(*) = v.files AND sum(attachment_digest(m.source_id, a)) = v.files_digest ${FILES}) END
  ), ''), ',' ORDER BY v.n) AS ids
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[], $5::numeric[])
    WITH ORDINALITY AS v (source_id, thread_id, digest, files, files_digest, n)`;

/**
 * The store's ids of the messages that are held as they were read, with the same attachments, in the brand's thread for them; undefined for others. In
 * the order of `sought`.
 */
export async function findAlike(
  pool: Pool,
  sought: readonly SoughtMessage[],
): Promise<(string | undefined)[]> {
  if (sought.length === 0) return [];
  const [found] = await ask<{ ids: string }>(pool, ALIKE, [
    sought.map(({ row }) => row.sourceId),
    sought.map(({ threadId }) => threadId),
    sought.map(({ row }) => String(row.digest)),
    sought.map(({ row }) => row.attachments.length),
    sought.map(({ row }) => String(row.attachmentsDigest)),
  ]);
  return (found?.ids ?? '').split(',').map((id) => (id === '' ? undefined : id));
}
