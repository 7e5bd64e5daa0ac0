import type { Transaction } from '../../sql/transaction.js';

/** What a thread's sources say of its status together: open before closed before archived. */
const MERGED = `CASE WHEN bool_or(status = 'open') THEN 'open' WHEN bool_or(status = 'closed') THEN 'closed' ELSE 'archived' END`;

/** Thread id → what its sources, as they were last read, say together. Threads without any are left out. */
export async function mergedStatuses(
  tx: Transaction,
  threadIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tx.query<{ thread_id: string; status: string }>(
    `SELECT thread_id, ${MERGED} AS status FROM thread_sources WHERE thread_id = ANY ($1::bigint[]) GROUP BY thread_id`,
    [threadIds],
  );
  return new Map(rows.map((row) => [row.thread_id, row.status]));
}

/** Whose sources have left one thread for another one. */
export interface LeftThread {
  readonly from: string;
  readonly to: string;
}

/**
 * A thread whose sources have all gone to a new one, and to no other, goes on there with its status, which may be a person's. Answers
 * `before` with what the sources of the new one said while they were the old one's.
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
 * Brings the status of threads to what their sources say now, but for those that a person has edited: a status that is not what the sources
 * said `before` stays, unless a source in `changed` has been read before and says something else now. A source that is read for the first
 * time is no such change.
 */
export async function followSources(
  tx: Transaction,
  threadIds: readonly string[],
  before: ReadonlyMap<string, string>,
  changed: ReadonlySet<string>,
): Promise<void> {
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
