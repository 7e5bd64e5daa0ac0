import { ATTACHMENT_STATES } from '../attachments/attachment-states.js';
import type { ImportedBrand } from '../import/brand.js';
import { checkSideOf, comparedWith, NOTHING_READ, readBeside } from './compared.js';
import type { CheckedPhase, CheckSide, HeldBeside } from './compared.js';
import { readChunk, sumOnOne, sumThreads } from './held-by-threads.js';
import type { HeldByThreads } from './held-by-threads.js';
import { assertSameDigests, importPhase, MESSAGES, THREADS } from '../import/phases.js';
import { settleThreads, threadChunks } from '../import/settle.js';
import { keyOf } from '../../work/phase-ref.js';
import type { PhaseRef } from '../../work/phase-ref.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/**
 * Settles the brand's threads and compares what was read with what is held.
 *
 * 1. Uses one snapshot, because other brands of the account may take over a message meanwhile.
 * 2. Messages: every message read is in `messages`, in quarantine or a superseded copy. The digests agree too, without quarantined records.
 *    Attachments belong to their messages.
 * 3. Threads are read in both phases while the source is in use. A phase's sums are therefore compared with the rows that it was the last to read: a
 *    thread that has changed since the other phase is not a difference, but a lost one is.
 *
 * Returns both sides. The caller judges them with `differencesOf` and completes the phase.
 */
export async function settleAndCheck(
  pool: Pool,
  brand: ImportedBrand,
  phase: string,
  beat: () => void,
): Promise<CheckedPhase> {
  return transaction(
    pool,
    'settle-and-check',
    async (tx) => {
      await assertSameDigests(tx);
      const { held, beside } = await settleAndSum(pool, tx, { brandId: brand.id, phase }, beat);
      return comparedWith(await countedOf(tx, importPhase(brand, phase)), held, beside);
    },
    { isolation: 'repeatable read' },
  );
}

/**
 * Settles each chunk while the next ones are summed, since no digest includes what settling changes. Uses transactions of its own, because the
 * snapshot's transaction may not change a row that following has changed since.
 */
async function settleAndSum(
  pool: Pool,
  tx: Transaction,
  { brandId, phase }: { readonly brandId: string; readonly phase: string },
  beat: () => void,
): Promise<{ readonly held: HeldByThreads; readonly beside: HeldBeside }> {
  let settled: Promise<void> = Promise.resolve();
  try {
    return await sumThreads(
      pool,
      tx,
      await threadChunks(tx, brandId),
      {
        read: (reader, chunk) => readChunk(reader, phase, chunk),
        found({ unsettled }) {
          beat();
          if (!unsettled) return;
          settled = settled.then(() => settleThreads(pool, unsettled));
          settled.catch(() => undefined);
        },
      },
      (reader) => readBeside(reader, { brandId, phase }),
    );
  } finally {
    await settled;
  }
}

/** The comparison with which the phase was completed; undefined if it was not. */
export async function readEarlierCheck(
  pool: Pool,
  brand: ImportedBrand,
  phase: string,
): Promise<CheckedPhase | undefined> {
  const [row] = await ask<{ checked: CheckedPhase }>(
    pool,
    'SELECT checked FROM carryover.phases WHERE unit_id = $1 AND pass = $2 AND run = $3 AND phase = $4 AND completed_at IS NOT NULL',
    keyOf(importPhase(brand, phase)),
  );
  return row?.checked;
}

export async function countAttachmentsToFetch(pool: Pool, brandId: string): Promise<number> {
  const [row] = await ask<{ count: string }>(
    pool,
    `SELECT count(*) FROM attachments WHERE brand_id = $1 AND ${ATTACHMENT_STATES.waiting}`,
    [brandId],
  );
  return Number(row?.count);
}

/** The source's side as counted so far: threads of this phase, messages of all phases in the same run of its pass. */
export async function countedOf(on: Pool | Transaction, phase: PhaseRef): Promise<CheckSide> {
  const rows = await ask<Record<string, string>>(on, COUNTED, keyOf(phase));
  return checkSideOf(rows[0] ?? {});
}

const sumOf = (column: string, filter: string): string =>
  `coalesce(sum(${column}) FILTER (WHERE ${filter}), 0)`;
const [OF_MESSAGES, OF_THREADS] = [`stage = '${MESSAGES}'`, `stage = '${THREADS}' AND phase = $4`];

const COUNTED = `
  SELECT ${sumOf('read', OF_MESSAGES)} AS messages, ${sumOf('digest', OF_MESSAGES)} AS messages_digest,
    ${sumOf('parts', OF_MESSAGES)} AS attachments, ${sumOf('parts_digest', OF_MESSAGES)} AS attachments_digest,
    ${sumOf('taken', OF_THREADS)} AS threads, ${sumOf('digest', OF_THREADS)} AS threads_digest,
    ${sumOf('quarantined', OF_THREADS)} AS quarantined_threads
  FROM carryover.tallies WHERE unit_id = $1 AND pass = $2 AND run = $3`;

/** What the store holds of a brand, as one side of a check. */
export async function storeSide(tx: Transaction, brandId: string): Promise<CheckSide> {
  const held = await sumOnOne(tx, await threadChunks(tx, brandId), {
    read: (reader, chunk) => readChunk(reader, '', chunk),
    found: () => undefined,
  });
  return comparedWith(NOTHING_READ, held, await readBeside(tx, { brandId })).store;
}
