import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { payloadOf } from '../conversations-service.js';
import type { World } from '../world.js';

/** Accounts that Conversations knows, and that are new here. */
export function addAccounts({ conversations }: World, prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const accountId = `acc_${prefix}_${n}`;
    conversations.records.set(accountId, { name: 'Lakeside Dental' });
    const ids = { brand: `br_${accountId}`, sms: `ch_${accountId}_1`, email: `ch_${accountId}_2` };
    conversations.payloads.set(accountId, payloadOf(accountId, ids));
    return accountId;
  });
}

/** The migration ends, as far as a wave can see. */
export async function endMigration({ store }: World, key: string, status: AccountStatus): Promise<void> {
  await store.pool.query(`UPDATE carryover.migrations SET status = $2 WHERE subject = $1`, [key, status]);
}

/** How many starts the outbox has, by account. */
export async function countStarts(
  { store }: World,
  keys: readonly string[],
): Promise<Record<string, number>> {
  const { rows } = await store.pool.query<{ subject: string; starts: string }>(
    `SELECT subject, count(*) AS starts FROM carryover.workflow_messages
     WHERE signal = 'start' AND subject = ANY($1) GROUP BY 1 ORDER BY 1`,
    [keys],
  );
  return Object.fromEntries(rows.map(({ subject, starts }) => [subject, Number(starts)]));
}
