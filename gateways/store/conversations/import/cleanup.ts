import { accountLock } from '../following/account-lock.js';
import type { ImportedBrand } from './brand.js';
import { correctImportTally } from '../check/import-tallies.js';
import { countingOf } from '../copies/counting.js';
import { MESSAGES } from './phases.js';
import { IS_COUNTED } from './quarantine.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

const HASH_OF = (text: string) => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

/** Another account's record has no id, but its key ends with the id if it follows the contract; the hash confirms it. */
const ID_IN_KEY = `substring(q.range_key FROM position('#' IN q.range_key) + 1)`;
const MESSAGE_ID = `coalesce(q.source_id, CASE WHEN q.identity = ${HASH_OF(ID_IN_KEY)} THEN ${ID_IN_KEY} END)`;
/** A record whose message is found only by hashing the ids of messages. A record without any id has the hash of its key. */
const IS_OPAQUE = `${MESSAGE_ID} IS NULL AND q.identity <> ${HASH_OF('q.source_key')}`;

/** Whether the message is this record itself rather than another copy. */
const ITSELF = `m.source_thread_id || '/' || m.source_key = q.source_key AS itself`;

/**
 * Deletes the records in `found` (`id`, `itself`). A copy of a message that was taken becomes a superseded copy, which never counts in a digest.
 * Returns for each brand: `taken`, records that were read again and taken, and `twice`, copies that were already superseded.
 */
function removing(found: string): string {
  return `
    WITH ${found}, gone AS (
      DELETE FROM quarantined_records q USING found WHERE q.id = found.id
      RETURNING q.brand_id, ${IS_COUNTED} AS counted, coalesce(q.source_id, q.identity) AS source_id, q.source_key, q.source_key_hash, found.itself
    ), kept AS (
      INSERT INTO carryover.superseded_copies (brand_id, source_id, source_key, source_key_hash)
      SELECT brand_id, source_id, source_key, source_key_hash FROM gone WHERE NOT itself
      ON CONFLICT (brand_id, source_key_hash) DO NOTHING RETURNING brand_id
    )
    SELECT brand_id, sum(taken)::integer AS taken, sum(twice)::integer AS twice
    FROM (
      SELECT brand_id, (itself AND counted)::integer AS taken, (NOT itself)::integer AS twice FROM gone
      UNION ALL SELECT brand_id, 0, -1 FROM kept
    ) each GROUP BY brand_id`;
}

// LATERAL and OFFSET 0 keep the join order: from the few records to index lookups.

/** Records of the brand against the account's messages. */
const OWN_RECORDS = removing(`
  record AS MATERIALIZED (
    SELECT q.*, ${MESSAGE_ID} AS message_id FROM quarantined_records q WHERE q.brand_id = $1 AND q.source_table = 'messages'
  ), found AS MATERIALIZED (
    SELECT q.id, ${ITSELF} FROM record q
    CROSS JOIN LATERAL (SELECT * FROM messages WHERE source_id = q.message_id COLLATE "C" OFFSET 0) m
    CROSS JOIN LATERAL (SELECT brand_id FROM message_threads WHERE id = m.thread_id OFFSET 0) t
    JOIN LATERAL (SELECT account_id FROM brands WHERE id = t.brand_id OFFSET 0) b ON b.account_id = $2
  )`);

/** The same for ids that must be hashed. Rare, because it reads all messages of the account. */
const OWN_OPAQUE_RECORDS = removing(`
  held AS MATERIALIZED (
    SELECT ${HASH_OF('m.source_id')} AS identity
    FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id WHERE b.account_id = $2
  ), found AS MATERIALIZED (
    SELECT q.id, false AS itself FROM quarantined_records q
    WHERE q.brand_id = $1 AND q.source_table = 'messages' AND ${IS_OPAQUE} AND q.identity IN (SELECT identity FROM held)
  )`);

const OF_OTHERS = `account_source_id = $2 AND source_table = 'messages' AND brand_id <> $1`;

/** Records of the account's other brands against the brand's messages, starting from the records. */
const OTHERS_BY_RECORD = removing(`
  record AS MATERIALIZED (SELECT q.*, ${MESSAGE_ID} AS message_id FROM quarantined_records q WHERE ${OF_OTHERS}),
  found AS MATERIALIZED (
    SELECT q.id, ${ITSELF} FROM record q
    CROSS JOIN LATERAL (SELECT * FROM messages WHERE source_id = q.message_id COLLATE "C" OFFSET 0) m
    JOIN LATERAL (SELECT brand_id FROM message_threads WHERE id = m.thread_id OFFSET 0) t ON t.brand_id = $1
  )`);

/** The same, starting from the messages. */
const OTHERS_BY_MESSAGE = removing(`
  message AS MATERIALIZED (
    SELECT m.source_thread_id, m.source_key, ${HASH_OF('m.source_id')} AS identity FROM message_threads t
    CROSS JOIN LATERAL (SELECT * FROM messages WHERE thread_id = t.id OFFSET 0) m WHERE t.brand_id = $1
  ), found AS MATERIALIZED (
    SELECT q.id, ${ITSELF} FROM message m
    CROSS JOIN LATERAL (SELECT * FROM quarantined_records WHERE ${OF_OTHERS} AND identity = m.identity OFFSET 0) q
  )`);

const NOT_THE_SMALLEST = removing(`
  found AS MATERIALIZED (
    SELECT id, false AS itself FROM (
      SELECT q.id, row_number() OVER (
        PARTITION BY q.identity ORDER BY q.range_key, left(q.source_key, -1 - length(q.range_key)) COLLATE "C", q.id
      ) AS place
      FROM (SELECT DISTINCT identity FROM quarantined_records WHERE brand_id = $1 AND source_table = 'messages') own
      CROSS JOIN LATERAL (
        SELECT * FROM quarantined_records
        WHERE account_source_id = $2 AND source_table = 'messages' AND identity = own.identity OFFSET 0
      ) q
    ) placed WHERE place > 1
  )`);

/**
 * A message is quarantined only if none of its copies could be taken, and then once. Copies may be in different slices, phases and brands of the
 * account, so this runs when a phase of a brand ends, for everything that the phase can have changed: the brand's records, and other brands' records
 * that are copies of its messages or records.
 *
 * 1. Records whose message was taken from another copy become superseded copies. A record that was itself taken when it was read again, for this
 *    brand or one to which Conversations moved it, is counted once, where it is held.
 * 2. Of several quarantined copies the one with the smallest key stays; of equal keys that of the smaller thread, which precedes the range key.
 * 3. Threads that an earlier phase could not take but this one could leave quarantine.
 *
 * A dump's copy may already be superseded because it was read twice; it counts once. Idempotent.
 */
export async function cleanQuarantine(pool: Pool, brand: ImportedBrand, phase: string): Promise<void> {
  const opening = brand.dump ? undefined : accountLock('shared', brand.accountId);
  const clean = async (tx: Transaction): Promise<void> => {
    const counting = countingOf(brand);
    const remove = async (statement: string, values: unknown[]): Promise<void> => {
      const { rows } = await tx.query<Removed>(statement, values);
      for (const { brand_id: brandId, taken, twice } of rows)
        await correctImportTally(tx, brandId, phase, MESSAGES, counting.released(taken, twice));
    };
    const ofOthers = [brand.id, brand.accountSourceId];
    await remove(OWN_RECORDS, [brand.id, brand.accountId]);
    if (await hasOpaqueRecords(tx, brand)) await remove(OWN_OPAQUE_RECORDS, [brand.id, brand.accountId]);
    await remove((await isShorterByRecord(tx, brand)) ? OTHERS_BY_RECORD : OTHERS_BY_MESSAGE, ofOthers);
    await remove(NOT_THE_SMALLEST, ofOthers);
    await counting.removeDuplicates(tx, brand, phase);
    await tx.query(
      `DELETE FROM quarantined_records q USING thread_sources s, message_threads t
       WHERE q.brand_id = $1 AND q.source_table = 'threads' AND q.phase IS DISTINCT FROM $2 AND s.source_id = q.range_key
         AND s.phase = $2 AND t.id = s.thread_id AND t.brand_id = $1`,
      [brand.id, phase],
    );
  };
  await transaction(pool, 'clean-quarantine', clean, { opening });
}

interface Removed {
  readonly brand_id: string;
  readonly taken: number;
  readonly twice: number;
}

async function hasOpaqueRecords(tx: Transaction, brand: ImportedBrand): Promise<boolean> {
  const { rows } = await tx.query(
    `SELECT FROM quarantined_records q WHERE q.brand_id = $1 AND q.source_table = 'messages' AND ${IS_OPAQUE} LIMIT 1`,
    [brand.id],
  );
  return rows.length > 0;
}

/**
 * Finds copies in other brands from the smaller side: in an account with thousands of brands that all have quarantined records, each brand would
 * otherwise scan all records. Starting from records requires known ids.
 */
async function isShorterByRecord(tx: Transaction, brand: ImportedBrand): Promise<boolean> {
  const { rows } = await tx.query<{ shorter: boolean }>(
    `WITH counted AS (SELECT coalesce(sum(read), 0)::bigint AS records FROM carryover.tallies WHERE unit_id = $3 AND pass = 'copy')
     SELECT count(*) <= (SELECT records FROM counted) AND bool_or(opaque) IS NOT TRUE AS shorter FROM (
       SELECT ${IS_OPAQUE} AS opaque FROM quarantined_records q WHERE ${OF_OTHERS} LIMIT (SELECT records + 1 FROM counted)
     ) looked_at`,
    [brand.id, brand.accountSourceId, brand.unitId],
  );
  return rows[0]?.shorter ?? true;
}
