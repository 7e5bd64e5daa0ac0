import { systemClock } from '../../../gateways/clock.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { payloadOf } from '../conversations-service.js';
import type { World } from '../world.js';

/** Night is far away. The keeper looks only when a test makes it: its timer never fires. */
export const NOON = {
  ...systemClock,
  now: () => Date.parse('2026-01-05T12:00:00.000Z'),
  every: () => () => undefined,
};

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly waiting: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly members: readonly { readonly key: string; readonly state: string; readonly failure: unknown }[];
}

/** What an operator asks of the API. */
export function waveCalls(world: World, operator: string) {
  return {
    async post(path: string, body?: object, token = operator) {
      const answer = await world.call('POST', path, { token, ...(body && { body }) });
      return { status: answer.statusCode, body: answer.json<Shown & { detail?: string }>() };
    },
    async show(id: string): Promise<Shown> {
      return (await world.call('GET', `/v2/waves/${id}`, { token: operator })).json();
    },
  };
}

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
