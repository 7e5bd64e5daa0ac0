import type { Finding } from '../../../../domain/engine/verification.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import { writeMessageBatch } from '../import/batches.js';
import type { BatchContext, MessageBatch, ThreadBatch } from '../import/batches.js';
import { removeSourceNames } from '../import/contacts.js';
import { countingOf } from '../copies/counting.js';
import { removeStrays } from '../copies/taken-over.js';
import { writeThreads } from '../import/threads.js';
import type { Transaction } from '../../sql/transaction.js';
import { addFindings } from '../../proof/findings.js';
import { addMarks, addShown } from './turns.js';
import type { Mark, Turn } from './turns.js';

export interface TurnContext extends BatchContext {
  readonly turn: Turn;
}

/** The result of comparing a page. */
export interface PageVerdict {
  readonly tally: Tally;
  readonly marks: readonly Mark[];
  /** Store ids of messages that are held as they were read. */
  readonly shown: readonly string[];
  readonly findings: readonly Finding[];
  readonly release: { readonly quarantined: readonly string[]; readonly superseded: readonly string[] };
  readonly moved: { readonly threads: ReadonlySet<string>; readonly messages: readonly string[] };
}

/** Writes the findings, and imports the records to repair, if any. Returns the page's tally. */
export async function writeMessageTurn(
  tx: Transaction,
  context: TurnContext,
  verdict: PageVerdict,
  repair: MessageBatch | undefined,
): Promise<Tally> {
  if (repair) {
    const waivers = await release(tx, verdict);
    await writeMessageBatch(tx, context, repair);
    await removeStrays(tx, context.brand.id, verdict.moved.messages);
    await keepWaivers(tx, waivers);
  }
  return writeVerdict(tx, context, verdict);
}

/** The same for threads. */
export async function writeThreadTurn(
  tx: Transaction,
  context: TurnContext,
  verdict: PageVerdict,
  repair: ThreadBatch | undefined,
): Promise<Tally> {
  if (repair) {
    const waivers = await release(tx, verdict);
    const rows = repair.threads.map(({ row }) => row);
    await removeSourceNames(tx, context.brand.accountId, rows);
    const { brand, phase } = context;
    await writeThreads(tx, brand, phase, repair.threads, repair.records, {
      ids: verdict.moved.threads,
      leaveMessages: false,
    });
    await keepWaivers(tx, waivers);
  }
  return writeVerdict(tx, context, verdict);
}

async function writeVerdict(
  tx: Transaction,
  { brand, turn }: TurnContext,
  { marks, shown, findings, tally }: PageVerdict,
): Promise<Tally> {
  await addShown(tx, turn, shown);
  const repeated = await addMarks(tx, turn, marks);
  await addFindings(tx, turn, findings);
  return countingOf(brand).shown(tally, repeated);
}

/** False once the verification was cancelled, which ends it in the store and halts its lanes within a batch. */
export async function isRunning(tx: Transaction, { verificationId }: Turn): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'verification-running',
    text: `SELECT FROM carryover.verifications WHERE id = $1 AND state = 'running'`,
    values: [verificationId],
  });
  return rowCount === 1;
}

interface WaivedRecord {
  readonly source_table: string;
  readonly source_key_hash: string;
  readonly waived_at: Date | null;
  readonly waived_by: string;
  readonly waived_reason: string;
}

/**
 * Removes what becomes a row from quarantine and superseded copies, and quarantined records that will be recorded anew. Returns the waivers among
 * them.
 */
async function release(
  tx: Transaction,
  { release: { quarantined, superseded } }: PageVerdict,
): Promise<WaivedRecord[]> {
  if (superseded.length > 0)
    await tx.query('DELETE FROM carryover.superseded_copies WHERE id = ANY ($1::bigint[])', [superseded]);
  if (quarantined.length === 0) return [];
  const { rows } = await tx.query<WaivedRecord>(
    `DELETE FROM quarantined_records WHERE id = ANY ($1::bigint[])
     RETURNING source_table, source_key_hash, waived_at, waived_by, waived_reason`,
    [quarantined],
  );
  return rows.filter(({ waived_at: at }) => at !== null);
}

/** Restores the waivers of records that are quarantined again; records that were taken are gone. */
async function keepWaivers(tx: Transaction, waivers: readonly WaivedRecord[]): Promise<void> {
  for (const waiver of waivers)
    await tx.query(
      `UPDATE quarantined_records SET waived_at = $3, waived_by = $4, waived_reason = $5
       WHERE source_table = $1 AND source_key_hash = $2`,
      [waiver.source_table, waiver.source_key_hash, waiver.waived_at, waiver.waived_by, waiver.waived_reason],
    );
}
