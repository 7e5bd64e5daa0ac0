import { setTimeout as sleep } from 'node:timers/promises';
import { hasRecentMessages } from '../../domain/conversations/statuses.js';
import type { BrandStatus } from '../../domain/conversations/statuses.js';
import type { Carryover } from '../world/carryover.js';

/** When an account's statuses were first seen, in milliseconds of `performance.now()`. */
export interface Arrival {
  recent?: number;
  all?: number;
}

const POLL_MS = 50;

/**
 * Polls the store until all of these accounts, of one brand each, are migrated. Throws if one fails, a process ends, or nothing changes for two
 * minutes.
 */
export async function watchAccounts(
  { database: { pool }, broken }: Carryover,
  accountIds: readonly string[],
  arrivals = new Map<string, Arrival>(),
): Promise<ReadonlyMap<string, Arrival>> {
  let seen = 0;
  let news = Date.now();
  for (;;) {
    const { rows } = await pool.query<{ id: string; status: BrandStatus | null }>(
      "SELECT source_id AS id, migration ->> 'status' AS status FROM accounts",
    );
    const now = performance.now();
    const broke = broken() ?? rows.find(({ status }) => status?.endsWith('-failure') === true)?.id;
    if (broke !== undefined) throw new Error(`a migration ended: ${broke}`);
    for (const { id, status } of rows) {
      const arrival = arrivals.get(id) ?? {};
      arrivals.set(id, arrival);
      if (status !== null && hasRecentMessages(status)) arrival.recent ??= now;
      if (status === 'all-messages-migrated') arrival.all ??= now;
    }
    if (accountIds.every((id) => arrivals.get(id)?.all !== undefined)) return arrivals;
    const words = [...arrivals.values()].flatMap(({ recent, all }) => [recent, all]);
    const reached = words.filter((word) => word !== undefined).length;
    if (reached > seen) news = Date.now();
    seen = reached;
    if (Date.now() - news > 120_000) {
      const late = rows.filter(({ id }) => accountIds.includes(id) && arrivals.get(id)?.all === undefined);
      const [first] = late;
      throw new Error(
        `nothing has moved for two minutes; ${seen} statuses seen, ${late.length} accounts late, first ${first?.id}: ${first?.status}`,
      );
    }
    await sleep(POLL_MS);
  }
}
