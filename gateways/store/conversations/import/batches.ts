import { WITH_STAGING } from './staging-tables.js';
import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../../domain/conversations/records/quarantine-reasons.js';
import type { QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { NOTHING, plus } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import { correctTally } from '../../work/tallies.js';
import { importPhase, THREADS } from './phases.js';
import type { RecordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import { assertThreadsStand } from '../following/followed-keys.js';
import type { ImportedBrand } from './brand.js';
import { writeMessages } from './messages.js';
import type { ReadMessage } from './read-message.js';
import type { Placement } from './messages.js';
import { writeThreads } from './threads.js';
import type { ReadThread } from './threads.js';
import { ask } from '../../sql/ask.js';
import { RefusedData, transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** The import to which a batch belongs. */
export interface BatchContext {
  readonly brand: ImportedBrand;
  readonly phase: string;
}

export interface ThreadBatch {
  readonly threads: readonly ReadThread[];
  readonly records: readonly QuarantinedRecord[];
}

export interface MessageBatch {
  readonly messages: readonly ReadMessage[];
  readonly records: readonly QuarantinedRecord[];
  /** The source's thread id → the store's, for threads that this brand already has. */
  readonly threadIds: ReadonlyMap<string, string>;
  /** Where the brand's following stood when these threads were found. */
  readonly applied: string;
  /** Missing threads, as the source returned them when they were looked up. */
  readonly lookedUp: LookedUpThreads;
}

export interface LookedUpThreads extends ThreadBatch {
  /** As the store holds them. */
  readonly foundIds: ReadonlySet<string>;
  readonly keys: readonly RecordKey[];
}

export const NONE_LOOKED_UP: LookedUpThreads = { threads: [], records: [], foundIds: new Set(), keys: [] };

export interface FoundThreads {
  /** The source's thread id → the store's. */
  readonly threadIds: ReadonlyMap<string, string>;
  /** The brand's following position. */
  readonly applied: string;
  /** Its position when it last took a source thread away from its thread. */
  readonly displaced: string;
}

/** Finds the threads that this brand has. */
export async function findThreads(
  on: Pool | Transaction,
  brandId: string,
  sourceIds: readonly string[],
): Promise<FoundThreads> {
  // One row with a list, because a page of messages has a thousand threads. A subquery, because a join would read all of a brand's threads for each page.
  const [row] = await ask<{ ids: string | null; applied: string; displaced: string }>(
    on,
    `SELECT string_agg(coalesce((
       SELECT t.id::text FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id
       WHERE s.source_id = asked.source_id AND t.brand_id = $2), ''), ',' ORDER BY asked.n) AS ids,
       coalesce((SELECT applied FROM carryover.followings WHERE brand_id = $2), 0)::text AS applied,
       coalesce((SELECT displaced FROM carryover.followings WHERE brand_id = $2), 0)::text AS displaced
     FROM unnest($1::text[]) WITH ORDINALITY AS asked (source_id, n)`,
    [sourceIds, brandId],
  );
  const threadIds = new Map<string, string>();
  const ids = row?.ids?.split(',') ?? [];
  for (const [at, id] of ids.entries()) {
    const sourceId = sourceIds[at];
    if (id !== '' && sourceId !== undefined) threadIds.set(sourceId, id);
  }
  return { threadIds, applied: row?.applied ?? '0', displaced: row?.displaced ?? '0' };
}

/** Threads per statement while other users are slowed down: some milliseconds of the server's time. */
const SLOW_THREADS = 50;
/** A thread costs as much as so many bytes of messages. */
const THREAD_BYTES = 4_000;

/** Writes a batch of threads in the caller's transaction, at its pace; returns its tally. */
export async function writeThreadBatch(
  tx: Transaction,
  { brand, phase }: BatchContext,
  { threads, records }: ThreadBatch,
): Promise<Tally> {
  let tally = NOTHING;
  let [left, quarantined] = [threads, records];
  do {
    const some = left.slice(0, tx.pace?.isSlow === true ? SLOW_THREADS : left.length);
    await tx.pace?.next(some.length * THREAD_BYTES);
    tally = plus(tally, (await writeThreads(tx, brand, phase, some, quarantined)).tally);
    [left, quarantined] = [left.slice(some.length), []];
  } while (left.length > 0);
  return tally;
}

/** The same for messages. Throws Outdated if following has moved the batch's threads since they were found. */
export async function writeMessageBatch(
  tx: Transaction,
  { brand, phase }: BatchContext,
  batch: MessageBatch,
): Promise<Tally> {
  const { lookedUp } = batch;
  await assertThreadsStand(tx, brand, batch.applied, lookedUp.keys);
  let found: ReadonlyMap<string, string> = new Map();
  if (lookedUp.threads.length + lookedUp.records.length > 0) {
    const written = await writeThreads(tx, brand, phase, lookedUp.threads, lookedUp.records);
    found = written.threadIds;
    await correctTally(tx, importPhase(brand, phase), THREADS, written.tally);
  }
  const placements = batch.messages.map((read): Placement => {
    const { sourceThreadId } = read.brief;
    const threadId = batch.threadIds.get(sourceThreadId) ?? found.get(sourceThreadId);
    if (threadId !== undefined) return { read, threadId };
    const isFound = lookedUp.foundIds.has(sourceThreadId);
    return { read, threadless: isFound ? THREAD_NOT_TAKEN : NO_THREAD_RECORD };
  });
  return writeMessages(tx, brand, phase, placements, batch.records);
}

/** PostgreSQL's error code if it refuses the data of these threads; undefined if it accepts them. Writes nothing. */
export async function refusalOfThreads(
  pool: Pool,
  { brand, phase }: BatchContext,
  batch: ThreadBatch,
): Promise<string | undefined> {
  return refusal(pool, (tx) => writeThreads(tx, brand, phase, batch.threads, batch.records));
}

/** The same for messages. */
export async function refusalOfMessages(
  pool: Pool,
  context: BatchContext,
  batch: MessageBatch,
): Promise<string | undefined> {
  return refusal(pool, (tx) => writeMessageBatch(tx, context, batch));
}

class OnlyTried extends Error {}

async function refusal(pool: Pool, work: (tx: Transaction) => Promise<unknown>): Promise<string | undefined> {
  try {
    await transaction(
      pool,
      'try-batch',
      async (tx) => {
        await work(tx);
        throw new OnlyTried();
      },
      WITH_STAGING,
    );
  } catch (error) {
    if (error instanceof RefusedData) return error.code;
    if (!(error instanceof OnlyTried)) throw error;
  }
  return undefined;
}
