import { attachmentsOfBrand } from '../attachments/attachment-states.js';
import { settleTallies } from '../check/books.js';
import type { ImportedBrand } from '../import/brand.js';
import { countedOf } from '../check/check.js';
import { compareWithHeld, differencesOf } from '../check/compared.js';
import type { CheckedPhase } from '../check/compared.js';
import { readChunk } from '../check/held-by-threads.js';
import { settleThreads, threadChunks } from '../import/settle.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { findExtras, marked, unmarked } from './extras.js';
import { lookAtThreads } from './thread-rows.js';
import { addFindings, clearTurn, OF_TURN, phaseOfTurn, turnKey } from './turns.js';
import type { Turn } from './turns.js';

/**
 * Ends a turn whose slices are all done, in one transaction and one snapshot:
 *
 * 1. The threads' own rows are held against what they consist of, and everything is summed up.
 * 2. A turn that compares finds what the source has not shown. One that repairs does not: what it has written is not marked. It
 *    settles the threads instead, and takes away attachments whose message is gone, since nothing leads to them, and what it keeps of
 *    quarantined threads and superseded copies that another brand of the account has now.
 * 3. Where no record differs, counts and digests of both sides must be equal too.
 * 4. A brand that is found equal is checked: an import whose own check was unequal is complete then, and its books are what the store
 *    holds, so that later checks begin with what is true.
 *
 * A second call does nothing.
 */
export async function finishTurn(
  pool: Pool,
  brand: ImportedBrand,
  turn: Turn,
  beat: () => void,
): Promise<void> {
  const { repair } = turn;
  await transaction(
    pool,
    'finish-turn',
    async (tx) => {
      if (await hasEnded(tx, turn)) return;
      const rows = await lookAtThreads(tx, turn, beat);
      if (repair) await mend(tx, brand, turn, beat);
      else await addFindings(tx, turn, await findExtras(tx, turn, rows.extraMessages, beat));
      const source = await countedOf(tx, phaseOfTurn(turn));
      const compared = await compareWithHeld(tx, { brandId: turn.brandId }, source, rows);
      if (!repair) await judgeSums(tx, turn, compared);
      await tx.query(
        `UPDATE carryover.verification_units SET ended_at = clock_timestamp(), compared = $4
         WHERE ${OF_TURN}`,
        [...turnKey(turn), JSON.stringify(compared)],
      );
      if (!repair && (await isEqual(tx, turn))) {
        await completePhases(tx, turn, compared);
        await settleTallies(tx, brand, compared.store);
      }
      await clearTurn(tx, turn);
    },
    { isolation: 'repeatable read' },
  );
}

/** Ends a turn in which there is nothing to compare. */
export async function skipTurn(pool: Pool, turn: Turn): Promise<void> {
  await ask(
    pool,
    `UPDATE carryover.verification_units SET ended_at = coalesce(ended_at, clock_timestamp())
     WHERE ${OF_TURN}`,
    turnKey(turn),
  );
}

async function hasEnded(tx: Transaction, turn: Turn): Promise<boolean> {
  const { rows } = await tx.query<{ ended: boolean }>(
    `SELECT ended_at IS NOT NULL AS ended FROM carryover.verification_units
     WHERE ${OF_TURN} FOR UPDATE`,
    turnKey(turn),
  );
  return rows[0]?.ended ?? true;
}

async function mend(tx: Transaction, brand: ImportedBrand, turn: Turn, beat: () => void): Promise<void> {
  const phase = { brandId: brand.id, phase: '' };
  for (const chunk of await threadChunks(tx, brand.id)) {
    const { unsettled } = await readChunk(tx, phase, chunk);
    if (unsettled) await settleThreads(tx, unsettled);
    beat();
  }
  await tx.query(
    `DELETE FROM attachments WHERE id IN (
       SELECT (attachment).id FROM (${attachmentsOfBrand('$1')}) of_brand
       WHERE NOT EXISTS (SELECT FROM messages m WHERE m.id = (attachment).message_id))`,
    [brand.id],
  );
  await removeMoved(tx, brand, turn);
}

/** What is not under this brand any more, and is under another one. */
async function removeMoved(tx: Transaction, brand: ImportedBrand, turn: Turn): Promise<void> {
  const values = [brand.id, turn.verificationId];
  await tx.query(
    `DELETE FROM carryover.superseded_copies c
     WHERE c.brand_id = $1 AND ${marked('moved-superseded', 'c.id::text')} AND ${unmarked('superseded', 'c.id::text')}`,
    values,
  );
  // A record is either what stands for its message or a superseded copy: where it stands now, this brand's earlier note of it is stale.
  await tx.query(
    `DELETE FROM carryover.superseded_copies c USING messages m, message_threads t, brands b
     WHERE c.brand_id = $1 AND ${unmarked('superseded', 'c.id::text')} AND m.source_id = c.source_id
       AND m.source_thread_id || '/' || m.source_key = c.source_key AND t.id = m.thread_id AND b.id = t.brand_id AND b.account_id = $3`,
    [...values, brand.accountId],
  );
  const isShown = ['shown', 'thread'].map((kind) => marked(kind, 'q.range_key')).join(' OR ');
  await tx.query(
    `DELETE FROM quarantined_records q
     WHERE q.brand_id = $1 AND q.source_table = 'threads' AND NOT (${isShown}) AND ${marked('moved-quarantined', 'q.id::text')}`,
    values,
  );
  await tx.query(
    `DELETE FROM quarantined_records q USING thread_sources s, message_threads t, brands b
     WHERE q.brand_id = $1 AND q.source_table = 'threads' AND s.source_id = q.range_key AND t.id = s.thread_id
       AND t.brand_id <> $1 AND b.id = t.brand_id AND b.account_id = $3 AND NOT (${isShown})`,
    [...values, brand.accountId],
  );
}

/** Named only where nothing else is: a difference that is named makes sums differ too, and new records are in neither. */
async function judgeSums(tx: Transaction, turn: Turn, compared: CheckedPhase): Promise<void> {
  const { rows } = await tx.query(
    `SELECT FROM carryover.verification_differences WHERE ${OF_TURN}`,
    turnKey(turn),
  );
  const fields = differencesOf(compared);
  if (rows.length > 0 || fields.length === 0) return;
  await addFindings(tx, turn, [{ table: 'sums', difference: 'different', id: null, key: null, fields }]);
}

async function isEqual(tx: Transaction, turn: Turn): Promise<boolean> {
  const { rows } = await tx.query(
    `SELECT FROM carryover.verification_differences
     WHERE ${OF_TURN} AND difference <> 'new'`,
    turnKey(turn),
  );
  return rows.length === 0;
}

async function completePhases(tx: Transaction, turn: Turn, compared: CheckedPhase): Promise<void> {
  await tx.query(
    `UPDATE carryover.phases SET completed_at = now(), checked = $2
     WHERE unit_id = $1 AND pass = 'copy' AND completed_at IS NULL`,
    [turn.unitId, JSON.stringify(compared)],
  );
}
