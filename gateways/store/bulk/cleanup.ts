import type { ImportedBrand } from './brand.js';
import { forgetTwins, takeOffBooks } from './dump-books.js';
import type { BookedSources } from './dump-books.js';
import { bulkTransaction } from './transaction.js';
import type { Connection, Pool } from './transaction.js';

/**
 * Moves the quarantined records that `gone` deletes to the superseded copies; they never counted in a digest. Answers how many of each
 * brand were there already.
 */
function moved(gone: string): string {
  return `
    WITH ${gone}, kept AS (
      INSERT INTO superseded_copies (brand_id, source_id, source_key, source_key_hash)
      SELECT brand_id, coalesce(source_id, identity), source_key, source_key_hash FROM gone
      ON CONFLICT (brand_id, source_key_hash) DO NOTHING RETURNING brand_id
    )
    SELECT brand_id, sum(n)::integer AS count
    FROM (SELECT brand_id, 1 AS n FROM gone UNION ALL SELECT brand_id, -1 FROM kept) each GROUP BY brand_id HAVING sum(n) > 0`;
}

/** Not a copy but the record itself, which could be taken when it was read again. */
const TAKEN_SINCE = `
  WITH gone AS (
    DELETE FROM quarantined_records q USING messages m, message_threads t, brands b
    WHERE q.account_source_id = $1 AND q.source_table = 'messages' AND m.source_id = q.source_id
      AND m.source_thread_id || '/' || m.source_key = q.source_key
      AND t.id = m.thread_id AND b.id = t.brand_id AND b.account_id = $2
    RETURNING q.brand_id
  )
  SELECT brand_id, count(*)::integer AS count FROM gone GROUP BY brand_id`;

const WITH_ID = moved(`
  gone AS (
    DELETE FROM quarantined_records q USING messages m, message_threads t, brands b
    WHERE q.account_source_id = $1 AND q.source_table = 'messages' AND m.source_id = q.source_id
      AND t.id = m.thread_id AND b.id = t.brand_id AND b.account_id = $2
    RETURNING q.*
  )`);

const IDENTITY = `encode(sha256(convert_to(m.source_id, 'UTF8')), 'hex')`;

const WITHOUT_ID = moved(`
  held AS MATERIALIZED (
    SELECT ${IDENTITY} AS identity
    FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id WHERE b.account_id = $2
  ), gone AS (
    DELETE FROM quarantined_records q
    WHERE q.account_source_id = $1 AND q.source_table = 'messages' AND q.source_id IS NULL
      AND q.identity IN (SELECT identity FROM held)
    RETURNING q.*
  )`);

const NOT_THE_SMALLEST = moved(`
  placed AS (
    SELECT id, row_number() OVER (
      PARTITION BY identity ORDER BY range_key, left(source_key, -1 - length(range_key)) COLLATE "C", id
    ) AS place
    FROM quarantined_records WHERE account_source_id = $1 AND source_table = 'messages'
  ), gone AS (
    DELETE FROM quarantined_records q USING placed WHERE q.id = placed.id AND placed.place > 1 RETURNING q.*
  )`);

/**
 * A message is quarantined only when no copy of it could be taken, and then once. Copies may lie in different slices, phases and
 * brands of the account, so this is settled when a phase ends, for the whole account:
 *
 * 1. Records whose message was taken from another copy go. Of another account's records only the hash of the id is kept: for these, if
 *    there are any, the account's messages are hashed.
 * 2. Of several quarantined copies the one with the smallest key stays; of equal keys the one of the smaller thread, which is what stands
 *    before the range key.
 * 3. Threads that an earlier phase could not take and this one could are no longer quarantined.
 *
 * What goes becomes a superseded copy. Out of a dump it may be one already, or the record itself: then it was read twice, and the books
 * count it once. A second call finds nothing to do.
 */
export async function cleanQuarantine(
  pool: Pool,
  brand: ImportedBrand,
  phase: string,
  sources: BookedSources,
): Promise<void> {
  const account = [brand.accountSourceId, brand.accountId];
  await bulkTransaction(pool, async (connection) => {
    const remove = async (statement: string, values: unknown[]): Promise<void> => {
      const { rows } = await connection.query<{ brand_id: string; count: number }>(statement, values);
      if (brand.dump) await takeOffBooks(connection, phase, sources.messages, rows);
    };
    await remove(TAKEN_SINCE, account);
    await remove(WITH_ID, account);
    if (await hasRecordsWithoutId(connection, brand)) await remove(WITHOUT_ID, account);
    await remove(NOT_THE_SMALLEST, [brand.accountSourceId]);
    if (brand.dump) await forgetTwins(connection, brand, phase, sources);
    await connection.query(
      `DELETE FROM quarantined_records q USING thread_sources s, message_threads t
       WHERE q.brand_id = $1 AND q.source_table = 'threads' AND q.phase IS DISTINCT FROM $2 AND s.source_id = q.range_key
         AND s.phase = $2 AND t.id = s.thread_id AND t.brand_id = $1`,
      [brand.id, phase],
    );
  });
}

/** Whether there are any that have an id which is not kept. Those that have none are known by the hash of their key. */
async function hasRecordsWithoutId(connection: Connection, brand: ImportedBrand): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT FROM quarantined_records WHERE account_source_id = $1 AND source_table = 'messages' AND source_id IS NULL
       AND identity <> encode(sha256(convert_to(source_key, 'UTF8')), 'hex') LIMIT 1`,
    [brand.accountSourceId],
  );
  return rows.length > 0;
}
