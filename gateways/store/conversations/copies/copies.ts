import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { removeAttachments } from '../import/attachments.js';
import type { ImportedBrand } from '../import/brand.js';
import { recountThreads } from '../import/settle.js';
import type { PlacedMessage } from '../import/staging.js';
import { isSmallerCopy, supersedeStored } from './superseded.js';
import type { Transaction } from '../../sql/transaction.js';

/** The outcome for a staged message whose id was already held. */
export type Fate = 'standing' | 'superseded' | 'foreign';

interface Stored {
  readonly id: string;
  readonly sourceId: string;
  readonly sourceKey: string;
  readonly sourceThreadId: string;
  readonly threadId: string;
  readonly brandId: string;
  /** Null if its thread is gone: the brand that reads its record again then takes the message. */
  readonly accountId: string | null;
}

/**
 * Settles staged messages with the rows that already hold their ids.
 *
 * 1. Locks the rows that differ from the staged ones, in a fixed order, and then reads them, including concurrent changes.
 * 2. Another account's row stays; the caller quarantines the message.
 * 3. The same record read again (a repeated import) updates its row.
 * 4. The smaller copy wins. If it is the staged one, the row takes its contents and keeps its id, and the previous copy becomes superseded in its own
 *    brand; otherwise the staged one is superseded.
 * 5. Recounts threads of other brands that lost a message, to a smaller copy or because Conversations moved it, since nothing else would.
 */
export async function settleCopies(
  tx: Transaction,
  brand: ImportedBrand,
  placed: readonly PlacedMessage[],
): Promise<Map<string, Fate>> {
  const staged = new Map(placed.map(({ row }) => [row.sourceId, row]));
  const fates = new Map<string, Fate>();
  const replaced: Stored[] = [];
  const refreshed: Stored[] = [];
  for (const stored of await lockDifferent(tx)) {
    const row = staged.get(stored.sourceId);
    if (!row) continue;
    if ((stored.accountId ?? brand.accountId) !== brand.accountId) fates.set(row.sourceId, 'foreign');
    else if (isSameRecord(stored, row)) refreshed.push(stored);
    else if (isSmallerCopy(row, stored)) replaced.push(stored);
    else fates.set(row.sourceId, 'superseded');
  }

  const rewritten = [...replaced, ...refreshed];
  if (rewritten.length === 0) return fates;
  await supersedeStored(
    tx,
    replaced.map(({ id }) => id),
  );
  await rewrite(tx, rewritten, staged);
  await recountOthers(tx, brand.id, rewritten);
  return fates;
}

function isSameRecord(stored: Stored, row: MessageRow): boolean {
  return stored.sourceKey === row.sourceKey && stored.sourceThreadId === row.sourceThreadId;
}

const DIFFERENT = `
  SELECT m.id FROM messages m JOIN staged_messages s ON s.source_id = m.source_id
  WHERE m.source_key <> s.source_key OR m.source_thread_id <> s.source_thread_id OR m.thread_id <> s.thread_id
    OR message_digest(m) <> s.digest
  ORDER BY m.id FOR UPDATE OF m`;

/** Two statements: the second sees what was committed while the first waited for locks. */
async function lockDifferent(tx: Transaction): Promise<Stored[]> {
  const locked = await tx.query<{ id: string }>(DIFFERENT);
  if (locked.rows.length === 0) return [];
  const { rows } = await tx.query<Record<string, string | null>>(
    `SELECT m.id, m.source_id, m.source_key, m.source_thread_id, m.thread_id, t.brand_id, b.account_id
     FROM messages m LEFT JOIN message_threads t ON t.id = m.thread_id LEFT JOIN brands b ON b.id = t.brand_id
     WHERE m.id = ANY ($1::bigint[])`,
    [locked.rows.map((row) => row.id)],
  );
  return rows.map((row) => ({
    id: row['id'] ?? '',
    sourceId: row['source_id'] ?? '',
    sourceKey: row['source_key'] ?? '',
    sourceThreadId: row['source_thread_id'] ?? '',
    threadId: row['thread_id'] ?? '',
    brandId: row['brand_id'] ?? '',
    accountId: row['account_id'] ?? null,
  }));
}

/** Gives rows the contents of the staged messages with their ids. They keep their own ids, and the files of attachments that stay. */
export async function rewrite(
  tx: Transaction,
  stored: readonly Pick<Stored, 'id' | 'sourceId'>[],
  staged: ReadonlyMap<string, MessageRow>,
): Promise<void> {
  const ids = stored.map(({ id }) => id);
  const rows = stored.map(({ sourceId }) => staged.get(sourceId)).filter((row) => row !== undefined);
  await removeAttachments(tx, ids, rows);
  await tx.query(
    `UPDATE messages m SET thread_id = s.thread_id, direction = s.direction, kind = s.kind, author = s.author, body = s.body,
       sent_at = s.sent_at, telephony = s.telephony, metadata = s.metadata, original = s.original,
       source_key = s.source_key, source_thread_id = s.source_thread_id
     FROM staged_messages s WHERE s.source_id = m.source_id AND m.id = ANY ($1::bigint[])`,
    [ids],
  );
}

/**
 * The brand's own threads are settled when its phase ends, but another brand's phases may already be complete. Locks first and counts in a second
 * statement, so concurrent transactions that take messages from one thread see each other's changes.
 */
async function recountOthers(tx: Transaction, brandId: string, rewritten: readonly Stored[]): Promise<void> {
  const threadIds = rewritten.filter((stored) => stored.brandId !== brandId).map((stored) => stored.threadId);
  if (threadIds.length === 0) return;
  await tx.query('SELECT FROM message_threads WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE', [
    threadIds,
  ]);
  await recountThreads(tx, threadIds);
}
