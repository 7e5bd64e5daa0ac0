import type { Pool } from '../../store/sql/transaction.js';
import { askChatwoot } from '../connect.js';
import { json } from './json.js';
import { countedTransaction } from './writes.js';

const MESSAGES = 1_500;

/**
 * Moves the remaining older messages of large conversations after a migration was cancelled or has failed between its batches, so that no message is
 * left in another inbox than its conversation. Idempotent. A reversed migration has no such messages.
 */
export async function finishTails(pool: Pool): Promise<void> {
  const ended = await askChatwoot<{ id: string }>(
    pool,
    `SELECT DISTINCT m.id::text FROM carryover.inbox_tails t JOIN carryover.inbox_migrations m ON m.id = t.migration_id
     WHERE m.status NOT IN ('queued', 'running')`,
  );
  for (const { id } of ended) while (await finishSome(pool, id));
}

function finishSome(pool: Pool, id: string): Promise<boolean> {
  return countedTransaction(pool, 'finish-inbox-tails', id, async (tx) => {
    const { rows } = await tx.query<{ destination: string }>(
      `SELECT destination_inbox_id::text AS destination FROM carryover.inbox_migrations WHERE id = $1 FOR UPDATE`,
      [id],
    );
    const moved = await json<string | null>(tx, 'inbox_tail($1, $2, $3)', [
      id,
      rows[0]?.destination,
      MESSAGES,
    ]);
    if (moved === null) return false;
    await tx.query(
      'UPDATE carryover.inbox_migrations SET messages_moved = messages_moved + $2 WHERE id = $1',
      [id, moved],
    );
    return true;
  });
}
