import { lockThreads } from '../import/threads.js';
import { recountThreads } from '../import/settle.js';
import type { Transaction } from '../../sql/transaction.js';

/**
 * Adds to the message counts of threads, and takes their last time from their messages. A thread may have a million messages, so they are not
 * counted again; messages that an import has not counted are counted when its phase ends.
 *
 * @param added thread id → messages
 */
export async function addToThreads(tx: Transaction, added: ReadonlyMap<string, number>): Promise<void> {
  if (added.size === 0) return;
  const threadIds = [...added.keys()];
  await lockThreads(tx, threadIds);
  await tx.query(
    `UPDATE message_threads t SET message_count = greatest(0, t.message_count + v.added), last_message_at = last.at
     FROM unnest($1::bigint[], $2::integer[]) AS v (id, added)
     CROSS JOIN LATERAL (SELECT max(m.sent_at) AS at FROM messages m WHERE m.thread_id = v.id) last
     WHERE t.id = v.id AND (v.added <> 0 OR t.last_message_at IS DISTINCT FROM last.at)`,
    [threadIds, [...added.values()]],
  );
}

/** Counts threads again that have lost messages to another thread, or gained some, because a source moved. */
export async function countAnew(tx: Transaction, threadIds: readonly string[]): Promise<void> {
  if (threadIds.length === 0) return;
  await lockThreads(tx, threadIds);
  await recountThreads(tx, threadIds);
}
