import { byteOrder } from '../../../../domain/engine/bytes/order.js';
import { quarantined } from '../../../../domain/conversations/records/quarantine.js';
import { HELD_BY_ANOTHER_BRAND } from '../../../../domain/conversations/records/quarantine-reasons.js';
import type { QuarantinedRecord, ThreadRow } from '../../../../domain/conversations/records/rows.js';
import { NOTHING } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { ImportedBrand } from './brand.js';
import { removeThreadless, upsertContacts } from './contacts.js';
import { upsertPairs } from './pairs.js';
import { quarantine } from './quarantine.js';
import { settleTakenOver } from '../copies/taken-over.js';
import { carryStatuses, followSources, mergedStatuses } from './thread-status.js';
import { AnotherCameFirst } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';

/** A thread as it was read and mapped. */
export interface ReadThread {
  readonly item: unknown;
  readonly row: ThreadRow;
}

export interface WrittenThreads {
  readonly tally: Tally;
  /** The source's thread id → the store's. */
  readonly threadIds: ReadonlyMap<string, string>;
}

/** A thread source that the store already holds. */
interface Known {
  readonly threadId: string;
  readonly brandId: string;
  readonly status: string;
  readonly phase: string | null;
  readonly digest: bigint;
}

/** Threads that Conversations has moved to the brand that is written. */
export interface MovedThreads {
  /** As the store holds them. */
  readonly ids: ReadonlySet<string>;
  /** Whether their messages stay where they are. */
  readonly leaveMessages: boolean;
}

const NONE_MOVED: MovedThreads = { ids: new Set(), leaveMessages: false };

/**
 * Writes threads of one brand in the caller's transaction; updates existing ones.
 *
 * 1. Keep one record for each id. Quarantine ids that another brand holds.
 * 2. Write contacts from C2, then a `message_threads` row for each pair key. These are locked until the transaction ends, so that of two transactions
 *    with sources of one pair the second sees the first one's.
 * 3. Write `thread_sources`. A source whose pair has changed takes its messages along; a thread that it leaves empty goes, with its last contact.
 * 4. Merge the status of each affected thread from all its sources. A status that a person has edited stays, unless a source has changed. A new
 *    thread is created with it.
 *
 * The tally counts each thread once in a phase: a thread that this phase has read before adds only its changes.
 *
 * @param moved to take over from the brands that hold them
 */
export async function writeThreads(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
  reads: readonly ReadThread[],
  records: readonly QuarantinedRecord[],
  moved: MovedThreads = NONE_MOVED,
): Promise<WrittenThreads> {
  const distinct = [...new Map(reads.map((read) => [read.row.sourceId, read])).values()];
  const known = await lockKnown(tx, distinct);
  const holder = ({ row }: ReadThread) => known.get(row.sourceId)?.brandId ?? brand.id;
  const isForeign = (read: ReadThread) => holder(read) !== brand.id && !moved.ids.has(read.row.sourceId);
  const foreign = distinct.filter(isForeign);
  const rows = distinct
    .filter((read) => !isForeign(read))
    .map((read) => read.row)
    .toSorted((a, b) => byteOrder(a.sourceId, b.sourceId));

  const threadIds = new Map<string, string>();
  if (rows.length > 0) {
    await upsertContacts(tx, brand.accountId, rows, [...known.keys()]);
    const pairs = await upsertPairs(tx, brand, rows);
    for (const row of rows) threadIds.set(row.sourceId, pairs.threadIds.get(row.pairKey) ?? '');
    const moves = movesOf(rows, threadIds, known);
    const left = moves.map(({ from }) => from);
    await lockThreads(tx, left);
    // A new thread has its sources' status already, unless it takes over that of a thread that its sources have left.
    const joined = new Set(moves.map(({ to }) => to));
    const standing = [...threadIds.values()].filter((id) => !pairs.made.has(id) || joined.has(id));
    const touched = [...new Set([...standing, ...left])];
    const before = await mergedStatuses(tx, touched);
    await writeSources(tx, phase, rows, threadIds, known);
    const stay = ({ sourceId }: Move) => moved.leaveMessages && moved.ids.has(sourceId);
    await moveMessages(
      tx,
      moves.filter((move) => !stay(move)),
    );
    const carried = await carryStatuses(tx, moves, before);
    await followSources(tx, touched, carried, changedThreads(rows, threadIds, known));
    if (moved.ids.size > 0) await settleTakenOver(tx, brand.id, moved.ids, left);
    await removeThreadless(tx, await removeEmpty(tx, left));
  }

  const refused = foreign.map(
    ({ item }) => quarantined('threads', item, HELD_BY_ANOTHER_BRAND, brand.sourceId).record,
  );
  const newlyQuarantined = await quarantine(tx, brand, phase, [...records, ...refused]);
  return { threadIds, tally: tallyOf(phase, rows, known, newlyQuarantined) };
}

function tallyOf(
  phase: string,
  rows: readonly ThreadRow[],
  known: ReadonlyMap<string, Known>,
  newlyQuarantined: number,
): Tally {
  let taken = 0;
  let digest = 0n;
  for (const row of rows) {
    const before = known.get(row.sourceId);
    const again = before?.phase === phase;
    if (!again) taken += 1;
    digest += row.digest - (again ? before.digest : 0n);
  }
  return { ...NOTHING, read: taken + newlyQuarantined, taken, quarantined: newlyQuarantined, digest };
}

async function lockKnown(tx: Transaction, reads: readonly ReadThread[]): Promise<Map<string, Known>> {
  const { rows } = await tx.query<Record<string, string>>(
    `SELECT s.source_id, s.thread_id, t.brand_id, s.status, s.phase, thread_digest(s, t) AS digest
     FROM thread_sources s JOIN message_threads t ON t.id = s.thread_id
     WHERE s.source_id = ANY ($1::text[]) ORDER BY s.source_id FOR UPDATE OF s`,
    [reads.map((read) => read.row.sourceId)],
  );
  return new Map(
    rows.map((row) => [
      row['source_id'] ?? '',
      {
        threadId: row['thread_id'] ?? '',
        brandId: row['brand_id'] ?? '',
        status: row['status'] ?? '',
        phase: row['phase'] ?? null,
        digest: BigInt(row['digest'] ?? 0),
      },
    ]),
  );
}

async function writeSources(
  tx: Transaction,
  phase: string,
  rows: readonly ThreadRow[],
  threadIds: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, Known>,
): Promise<void> {
  const columns = (some: readonly ThreadRow[]) => [
    phase,
    some.map((row) => row.sourceId),
    some.map((row) => threadIds.get(row.sourceId)),
    some.map((row) => row.kind),
    some.map((row) => row.status),
    some.map((row) => row.original),
  ];
  const table = 'unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[])';
  const fresh = rows.filter((row) => !known.has(row.sourceId));
  const inserted = await tx.query(
    `INSERT INTO thread_sources (phase, source_id, thread_id, kind, status, original)
     SELECT $1::text, * FROM ${table} ON CONFLICT (source_id) DO NOTHING`,
    columns(fresh),
  );
  if (inserted.rowCount !== fresh.length) throw new AnotherCameFirst();
  const again = rows.filter((row) => known.has(row.sourceId));
  if (again.length === 0) return;
  await tx.query(
    `UPDATE thread_sources s
     SET phase = $1, thread_id = r.thread_id, kind = r.kind, status = r.status, original = r.original
     FROM ${table} AS r (source_id, thread_id, kind, status, original) WHERE s.source_id = r.source_id`,
    columns(again),
  );
}

/** A source whose pair has changed since it was read, with the threads that it leaves and joins. */
interface Move {
  readonly sourceId: string;
  readonly from: string;
  readonly to: string;
}

function movesOf(
  rows: readonly ThreadRow[],
  threadIds: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, Known>,
): Move[] {
  return rows.flatMap(({ sourceId }) => {
    const from = known.get(sourceId)?.threadId;
    const to = threadIds.get(sourceId);
    return from === undefined || to === undefined || from === to ? [] : [{ sourceId, from, to }];
  });
}

/** Threads with a source that was read before and has another status now, or that left or joined. */
function changedThreads(
  rows: readonly ThreadRow[],
  threadIds: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, Known>,
): Set<string> {
  const changed = new Set<string>();
  for (const { sourceId, status } of rows) {
    const before = known.get(sourceId);
    const to = threadIds.get(sourceId) ?? '';
    if (before && (before.status !== status || before.threadId !== to)) changed.add(before.threadId).add(to);
  }
  return changed;
}

export async function lockThreads(tx: Transaction, threadIds: readonly string[]): Promise<void> {
  if (threadIds.length === 0) return;
  await tx.query('SELECT FROM message_threads WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE', [
    threadIds,
  ]);
}

async function moveMessages(tx: Transaction, moves: readonly Move[]): Promise<void> {
  for (const { sourceId, from, to } of moves) {
    await tx.query('UPDATE messages SET thread_id = $3 WHERE thread_id = $2 AND source_thread_id = $1', [
      sourceId,
      from,
      to,
    ]);
  }
}

/** Removes threads that their last source and their last message have left. Returns their contacts. */
export async function removeEmpty(tx: Transaction, threadIds: readonly string[]): Promise<string[]> {
  if (threadIds.length === 0) return [];
  const { rows } = await tx.query<{ contact_id: string }>(
    `DELETE FROM message_threads t WHERE id = ANY ($1::bigint[])
       AND NOT EXISTS (SELECT FROM thread_sources s WHERE s.thread_id = t.id)
       AND NOT EXISTS (SELECT FROM messages m WHERE m.thread_id = t.id) RETURNING contact_id`,
    [threadIds],
  );
  return rows.map((row) => row.contact_id);
}
