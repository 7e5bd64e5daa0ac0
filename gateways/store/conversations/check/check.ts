import { ATTACHMENT_STATES } from '../attachments/attachment-states.js';
import type { ImportedBrand } from '../import/brand.js';
import { checkSideOf, compareWithHeld, differencesOf } from './compared.js';
import type { CheckedPhase, CheckSide } from './compared.js';
import { sumThreads } from './held-by-threads.js';
import type { HeldByThreads } from './held-by-threads.js';
import { settleThreads, threadChunks } from '../import/settle.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** Names of the slices' sources that read threads, and of the one that reads messages. */
export interface CheckSources {
  readonly threadSources: readonly string[];
  readonly messageSource: string;
}

export interface CheckOptions extends CheckSources {
  /** After each part of the work; may throw to end it. */
  beat(): void;
}

/**
 * Settles the brand's threads and compares what was read with what is held.
 *
 * 1. All in one snapshot, since other brands of the account may take over a message while this goes on.
 * 2. Messages: every one that was read is in `messages`, in quarantine, or a superseded copy; digests likewise, where quarantined
 *    ones never counted. Attachments go with their messages.
 * 3. Threads are read in both phases, and the source is in use meanwhile. So a phase's sums are compared with the rows that it was the last
 *    to read: a thread that has changed since the other phase is no difference, one that was lost is.
 * 4. If both sides are equal, the phase is completed, with both of them.
 *
 * Answers what was found; the caller judges it with `differencesOf`.
 */
export async function settleAndCheck(
  pool: Pool,
  brand: ImportedBrand,
  phase: string,
  options: CheckOptions,
): Promise<CheckedPhase> {
  return transaction(
    pool,
    'settle-and-check',
    async (tx) => {
      const held = await settleAndSum(pool, tx, { brandId: brand.id, phase }, options.beat);
      const source = await sumsOfSlices(tx, brand.id, phase, options);
      const checked = await compareWithHeld(tx, { brandId: brand.id, phase }, source, held);
      if (differencesOf(checked).length === 0) await complete(tx, brand.id, phase, checked);
      return checked;
    },
    { isolation: 'repeatable read' },
  );
}

/** Each chunk is settled while the next ones are summed up: what settling changes is in no digest. Neither is left behind when the other fails. */
async function settleAndSum(
  pool: Pool,
  tx: Transaction,
  phase: { readonly brandId: string; readonly phase: string },
  beat: () => void,
): Promise<HeldByThreads> {
  const { rows } = await tx.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  const chunks = await threadChunks(tx, phase.brandId);
  let settled: Promise<void> = Promise.resolve();
  try {
    return await sumThreads(pool, rows[0]?.snapshot ?? '', phase, chunks, (unsettled) => {
      beat();
      if (!unsettled) return;
      settled = settled.then(() => settleThreads(tx, unsettled));
      settled.catch(() => undefined);
    });
  } finally {
    await settled;
  }
}

/** What the phase was found to be when it was completed; undefined when it was not. */
export async function checkedBefore(
  pool: Pool,
  brandId: string,
  phase: string,
): Promise<CheckedPhase | undefined> {
  const [row] = await ask<{ checked: CheckedPhase }>(
    pool,
    'SELECT checked FROM import_phases WHERE brand_id = $1 AND phase = $2 AND completed_at IS NOT NULL',
    [brandId, phase],
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

async function complete(
  tx: Transaction,
  brandId: string,
  phase: string,
  checked: CheckedPhase,
): Promise<void> {
  await tx.query(
    'UPDATE import_phases SET completed_at = now(), checked = $3 WHERE brand_id = $1 AND phase = $2',
    [brandId, phase, JSON.stringify(checked)],
  );
}

/** The source's side, as reading has summed it up so far. */
export async function sumsOfSlices(
  tx: Pool | Transaction,
  brandId: string,
  phase: string,
  { threadSources, messageSource }: CheckSources,
): Promise<CheckSide> {
  const { rows } = await tx.query<Record<string, string>>(
    `SELECT coalesce(sum(read) FILTER (WHERE source = $4), 0) AS messages,
       coalesce(sum(digest) FILTER (WHERE source = $4), 0) AS messages_digest,
       coalesce(sum(attachments) FILTER (WHERE source = $4), 0) AS attachments,
       coalesce(sum(attachments_digest) FILTER (WHERE source = $4), 0) AS attachments_digest,
       coalesce(sum(taken) FILTER (WHERE phase = $2 AND source = ANY ($3::text[])), 0) AS threads,
       coalesce(sum(digest) FILTER (WHERE phase = $2 AND source = ANY ($3::text[])), 0) AS threads_digest,
       coalesce(sum(quarantined) FILTER (WHERE phase = $2 AND source = ANY ($3::text[])), 0) AS quarantined_threads
     FROM import_slices WHERE brand_id = $1`,
    [brandId, phase, threadSources, messageSource],
  );
  return checkSideOf(rows[0] ?? {});
}
