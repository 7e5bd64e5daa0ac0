import { DIGEST_VERSION } from '../../../../domain/conversations/records/digest.js';
import { isNothing, minus, NOTHING, plus, withinCounted } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { ImportedBrand } from '../import/brand.js';
import { importPhase, IMPORT_PHASES, MESSAGES, THREADS } from '../import/phases.js';
import { addCorrection, correctTally, talliesByPhase, tallyOf } from '../../work/tallies.js';
import type { Transaction } from '../../sql/transaction.js';
import type { CheckSide } from './compared.js';

/** Corrects the tally of the brand's import in the named phase or, if the brand has not started that, in its other one. */
export async function correctImportTally(
  tx: Transaction,
  brandId: string,
  phase: string,
  stage: string,
  tally: Tally,
): Promise<void> {
  if (isNothing(tally)) return;
  const { rows } = await tx.query<{ unit_id: string; phase: string }>(
    `SELECT unit_id, phase FROM ${IMPORT_PHASES} p WHERE brand_id = $1 ORDER BY phase = $2 DESC LIMIT 1`,
    [brandId, phase],
  );
  const [found] = rows;
  if (found) await correctTally(tx, importPhase({ unitId: found.unit_id }, found.phase), stage, tally);
}

const THREADS_HELD = `
  SELECT p.phase, held.taken + held.quarantined AS read, held.taken, held.quarantined, held.digest
  FROM carryover.phases p
  CROSS JOIN LATERAL (
    SELECT count(*) AS taken, coalesce(sum(thread_digest(s, t)), 0) AS digest,
      (SELECT count(*) FROM quarantined_records WHERE brand_id = $2 AND source_table = 'threads' AND phase = p.phase) AS quarantined
    FROM message_threads t JOIN thread_sources s ON s.thread_id = t.id WHERE t.brand_id = $2 AND s.phase = p.phase
  ) held
  WHERE p.unit_id = $1 AND p.pass = 'copy'`;

/**
 * Sets the tallies of a brand's import to what the store holds, after a verification has found the store equal to the source. Leaves correct
 * tallies unchanged. `store`: the brand's messages of all phases.
 */
export async function settleTallies(tx: Transaction, brand: ImportedBrand, store: CheckSide): Promise<void> {
  await settleMessages(tx, brand, store);
  await settleThreadTallies(tx, brand);
  await tx.query(
    `UPDATE carryover.phases SET digest_version = $2 WHERE unit_id = $1 AND pass = 'copy' AND digest_version <> $2`,
    [brand.unitId, DIGEST_VERSION],
  );
}

async function settleMessages(tx: Transaction, brand: ImportedBrand, store: CheckSide): Promise<void> {
  const counted = await talliesByPhase(tx, importPhase(brand, ''), MESSAGES);
  const last = [...counted.keys()].toSorted().at(-1);
  if (last === undefined) return;
  const { rows } = await tx.query<{ records: string }>(
    `SELECT count(*) AS records FROM quarantined_records WHERE brand_id = $1 AND source_table = 'messages'`,
    [brand.id],
  );
  const quarantined = Number(rows[0]?.records);
  const held: Tally = {
    read: store.messages,
    taken: store.messages - quarantined,
    quarantined,
    digest: BigInt(store.messagesDigest),
    parts: store.attachments,
    partsDigest: BigInt(store.attachmentsDigest),
  };
  const correction = minus(held, [...counted.values()].reduce(plus, NOTHING));
  for (const [phase, tally] of withinCounted(new Map([[last, correction]]), counted))
    await addCorrection(tx, importPhase(brand, phase), MESSAGES, tally);
}

async function settleThreadTallies(tx: Transaction, brand: ImportedBrand): Promise<void> {
  const counted = await talliesByPhase(tx, importPhase(brand, ''), THREADS);
  for (const [phase, held] of await threadsHeld(tx, brand)) {
    const correction = minus(held, counted.get(phase) ?? NOTHING);
    await addCorrection(tx, importPhase(brand, phase), THREADS, correction);
  }
}

/** The threads that a brand holds or has in quarantine, by the phase of its import that was the last to read them. */
async function threadsHeld(tx: Transaction, brand: ImportedBrand): Promise<Map<string, Tally>> {
  const { rows } = await tx.query<Record<string, string>>(THREADS_HELD, [brand.unitId, brand.id]);
  return new Map(rows.map((row) => [row['phase'] ?? '', tallyOf(row)]));
}

/**
 * The phase's tally of threads if the store still holds them all unchanged, none is in quarantine, and there are at most `most`; otherwise undefined.
 */
export async function threadsAsRead(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
  most: number,
): Promise<Tally | undefined> {
  const counted = (await talliesByPhase(tx, importPhase(brand, phase), THREADS)).get(phase) ?? NOTHING;
  if (counted.quarantined > 0 || counted.taken > most) return undefined;
  const held = (await threadsHeld(tx, brand)).get(phase) ?? NOTHING;
  return isNothing(minus(held, counted)) ? held : undefined;
}
