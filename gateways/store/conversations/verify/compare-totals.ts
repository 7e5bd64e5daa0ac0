import { attachmentsOfBrand } from '../attachments/attachment-states.js';
import { removingFiles } from '../attachments/files-to-remove.js';
import { settleTallies } from '../check/import-tallies.js';
import type { ImportedBrand } from '../import/brand.js';
import { countedOf } from '../check/check.js';
import { comparedWith, differencesOf, readBeside } from '../check/compared.js';
import type { CheckedPhase } from '../check/compared.js';
import { readChunk } from '../check/held-by-threads.js';
import { settleThreads, threadChunks } from '../import/settle.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { findExtras, marked, unmarked } from './extras.js';
import { markOlder } from './older.js';
import { readThreads } from './thread-rows.js';
import { addFindings, OF_TURN, turnKey } from '../../proof/findings.js';
import { clearTurn, isFollowedSince, phaseOfTurn } from './turns.js';
import { lookAtUnshown } from './unshown.js';
import type { Turn } from './turns.js';

/**
 * Ends a turn whose slices are all done, in one transaction and one snapshot:
 *
 * 1. Compares the threads' own rows with their contents and sums everything.
 * 2. A comparing turn finds what the source has not shown. A repairing turn does not, because what it wrote is not marked. Instead it settles the
 *    threads and removes orphaned attachments, and quarantined threads and superseded copies that another brand of the account now has. For a
 *    followed brand it has following look at what the source has not shown.
 * 3. If no record differs, counts and digests of both sides must be equal too. If following has brought records meanwhile, which the turn has left
 *    out, equality of the compared records is enough.
 * 4. If the brand is equal, completes an import whose own check was unequal, and sets its tallies to what the store holds, so that later checks start
 *    from correct figures.
 *
 * A second call changes nothing.
 */
export async function compareTotals(
  pool: Pool,
  brand: ImportedBrand,
  turn: Turn,
  beat: () => void,
): Promise<void> {
  const { repair } = turn;
  await transaction(
    pool,
    'compare-totals',
    async (tx) => {
      if (await hasEnded(tx, turn)) return;
      const hasOlder = !repair && (await markOlder(tx, brand, turn));
      const { rows, beside } = await readThreads(pool, tx, turn, beat);
      if (repair) {
        await finishRepair(pool, tx, brand, turn, beat);
        await lookAtUnshown(tx, brand, turn, rows);
      } else await addFindings(tx, turn, await findExtras(tx, turn, rows.extraMessages, beat));
      const source = await countedOf(tx, phaseOfTurn(turn));
      const sums = comparedWith(source, rows, turn.repair ? await readBeside(tx, turn) : beside);
      const isFollowed = hasOlder || (!repair && (await isFollowedSince(tx, turn)));
      const compared = isFollowed ? { ...sums, source: sums.store } : sums;
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

/** Ends a turn with nothing to compare. */
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

async function finishRepair(
  pool: Pool,
  tx: Transaction,
  brand: ImportedBrand,
  turn: Turn,
  beat: () => void,
): Promise<void> {
  for (const chunk of await threadChunks(tx, brand.id)) {
    const { unsettled } = await readChunk(tx, '', chunk);
    if (unsettled) await settleThreads(pool, unsettled);
    beat();
  }
  await tx.query(
    removingFiles(`
      DELETE FROM attachments a WHERE id IN (
        SELECT (attachment).id FROM (${attachmentsOfBrand('$1')}) of_brand
        WHERE NOT EXISTS (SELECT FROM messages m WHERE m.id = (attachment).message_id))`),
    [brand.id],
  );
  await removeMoved(tx, brand, turn);
}

/** Removes records that have moved from this brand to another. */
async function removeMoved(tx: Transaction, brand: ImportedBrand, turn: Turn): Promise<void> {
  const values = [brand.id, turn.verificationId];
  await tx.query(
    `DELETE FROM carryover.superseded_copies c
     WHERE c.brand_id = $1 AND ${marked('moved-superseded', 'c.id::text')} AND ${unmarked('superseded', 'c.id::text')}`,
    values,
  );
  // A record is either held as its message or a superseded copy. If it is held now, this brand's earlier copy is stale.
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

/** Reported only if nothing else is: a reported difference makes sums differ too, and new records are in neither sum. */
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
