import type { Transaction } from '../../sql/transaction.js';

/** SQL: the merged status of a thread's sources: open before closed before archived. */
const MERGED = `CASE WHEN bool_or(status = 'open') THEN 'open' WHEN bool_or(status = 'closed') THEN 'closed' ELSE 'archived' END`;

/** Thread id → the merged status of its sources as last read. Omits threads without sources. */
export async function mergedStatuses(
  tx: Transaction,
  threadIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (threadIds.length === 0) return new Map();
  const { rows } = await tx.query<{ thread_id: string; status: string }>(
    `SELECT thread_id, ${MERGED} AS status FROM thread_sources WHERE thread_id = ANY ($1::bigint[]) GROUP BY thread_id`,
    [threadIds],
  );
  return new Map(rows.map((row) => [row.thread_id, row.status]));
}

/** A thread whose sources moved to another thread. */
export interface LeftThread {
  readonly from: string;
  readonly to: string;
}

/**
 * A thread whose sources have all moved to one new thread passes on its status, which a person may have edited. Returns `before` with the earlier
 * merged status for the new thread.
 */
export async function carryStatuses(
  tx: Transaction,
  moves: readonly LeftThread[],
  before: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const toNew = moves.filter(({ to }) => !before.has(to));
  const whole = toNew.filter(({ from, to }) =>
    moves.every((move) => (move.from === from) === (move.to === to)),
  );
  if (whole.length === 0) return before;
  const { rows } = await tx.query<LeftThread>(
    `UPDATE message_threads t SET status = f.status
     FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[]) AS m (from_id, to_id)) m
     JOIN message_threads f ON f.id = m.from_id
     WHERE t.id = m.to_id AND NOT EXISTS (SELECT FROM thread_sources s WHERE s.thread_id = f.id)
     RETURNING f.id AS "from", t.id AS "to"`,
    [whole.map(({ from }) => from), whole.map(({ to }) => to)],
  );
  const carried = rows.flatMap(({ from, to }): [string, string][] => {
    const status = before.get(from);
    return status === undefined ? [] : [[to, status]];
  });
  return new Map([...before, ...carried]);
}

/**
 * Updates the status of threads to that of their sources, except threads that a person has edited: a status other than the merged one `before` stays,
 * unless a source in `changed` was read before and has another status now. A source that is read for the first time is no such change.
 */
export async function followSources(
  tx: Transaction,
  threadIds: readonly string[],
  before: ReadonlyMap<string, string>,
  changed: ReadonlySet<string>,
): Promise<void> {
  if (threadIds.length === 0) return;
  await tx.query(
    `UPDATE message_threads t SET status = merged.status
     FROM (SELECT thread_id, ${MERGED} AS status FROM thread_sources WHERE thread_id = ANY ($1::bigint[]) GROUP BY thread_id) merged
     LEFT JOIN unnest($2::bigint[], $3::text[]) AS before (thread_id, status) USING (thread_id)
     WHERE t.id = merged.thread_id AND t.status <> merged.status
       AND (before.status IS NULL OR t.status = before.status
         OR before.status <> merged.status AND t.id = ANY ($4::bigint[]))`,
    [threadIds, [...before.keys()], [...before.values()], [...changed]],
  );
}
