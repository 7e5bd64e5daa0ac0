import type { FollowedBrand } from '../../../../domain/conversations/following/hints.js';
import { SHORTEST_INTERVAL_MS } from '../../../../domain/conversations/following/polling.js';
import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import { IS_HALTED } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** Up to which time each table is read. */
export type PollPositions = Readonly<Record<SourceTable, Date>>;

/** A brand whose next poll is due. */
export interface PolledBrand extends FollowedBrand {
  readonly positions: PollPositions;
  readonly intervalMs: number;
}

/** The result of a poll. */
export interface Poll {
  readonly brandId: string;
  readonly positions: PollPositions;
  readonly nextAt: Date;
  readonly intervalMs: number;
  /** The poll has looked for everything up to this time; undefined if it did not get to the end. */
  readonly polledAt: Date | undefined;
  /** Why the source could not be read. */
  readonly failure: PollFailure | undefined;
}

export interface PollFailure {
  readonly type: string;
  readonly message: string;
  readonly at: string;
}

/** Begins to poll followed brands from this time on. Without `brandIds`: all brands of accounts that are followed by polling. Idempotent. */
export async function beginPolling(tx: Transaction, at: Date, brandIds?: readonly string[]): Promise<void> {
  await tx.run`
    INSERT INTO carryover.polled_brands (brand_id, messages_until, threads_until, next_at, interval_ms)
    SELECT b.brand_id, ${at}, ${at}, ${at}, ${SHORTEST_INTERVAL_MS}
    FROM carryover.followed_brands b JOIN carryover.followed_accounts f USING (account_id)
    WHERE (b.brand_id = ANY (${brandIds ?? []}::text[]) OR (${brandIds === undefined} AND f.by = 'poll' AND f.until IS NULL))
    ON CONFLICT DO NOTHING`;
}

/**
 * SQL: the brands that may be polled, as `p`: prepared, of migrations that nothing halts, and not of dumps. Changes from before that are found later,
 * from the brand's position.
 */
const MAY_BE_POLLED = `carryover.polled_brands p
  JOIN carryover.followed_brands f USING (brand_id)
  JOIN accounts a ON a.source_id = f.account_id AND a.migration ->> 'dump' IS NULL
  JOIN brands b ON b.source_id = f.brand_id AND b.account_id = a.id
  JOIN carryover.units u ON u.id = b.unit_id
  JOIN carryover.migrations m ON m.id = u.migration_id AND NOT ${IS_HALTED} AND m.resetting IS NULL`;

/** The due brands except `without`, longest overdue first. */
export async function readDue(
  pool: Pool,
  at: Date,
  { without, limit }: { readonly without: readonly string[]; readonly limit: number },
): Promise<PolledBrand[]> {
  const rows = await ask<{
    accountId: string;
    brandId: string;
    messages: Date;
    threads: Date;
    intervalMs: number;
  }>(
    pool,
    `SELECT p.brand_id AS "brandId", f.account_id AS "accountId", p.messages_until AS messages, p.threads_until AS threads,
       p.interval_ms AS "intervalMs"
     FROM ${MAY_BE_POLLED} WHERE p.next_at <= $1 AND p.brand_id <> ALL ($2::text[]) ORDER BY p.next_at LIMIT $3`,
    [at, without, limit],
  );
  return rows.map(({ messages, threads, ...brand }) => ({ ...brand, positions: { messages, threads } }));
}

/** Writes the results of polls. Positions never go back, so several processes may poll a brand. Ignores brands that are no longer polled. */
export async function writePolls(pool: Pool, polls: readonly Poll[]): Promise<void> {
  await transaction(pool, 'poll', async (tx) => {
    await tx.query(
      `UPDATE carryover.polled_brands p
       SET messages_until = greatest(p.messages_until, v.messages_until), threads_until = greatest(p.threads_until, v.threads_until),
         next_at = v.next_at, interval_ms = v.interval_ms, polled_at = greatest(p.polled_at, v.polled_at), failure = v.failure
       FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::timestamptz[], $7::jsonb[])
         AS v (brand_id, messages_until, threads_until, next_at, interval_ms, polled_at, failure)
       WHERE p.brand_id = v.brand_id`,
      [
        polls.map(({ brandId }) => brandId),
        polls.map(({ positions }) => positions.messages),
        polls.map(({ positions }) => positions.threads),
        polls.map(({ nextAt }) => nextAt),
        polls.map(({ intervalMs }) => intervalMs),
        polls.map(({ polledAt }) => polledAt ?? null),
        polls.map(({ failure }) => (failure === undefined ? null : JSON.stringify(failure))),
      ],
    );
  });
}

/** Whether any brand is followed by polling. */
export async function isPolling(pool: Pool): Promise<boolean> {
  const [row] = await ask<{ any: boolean }>(
    pool,
    'SELECT EXISTS (SELECT FROM carryover.polled_brands) AS any',
  );
  return row?.any === true;
}

/** Whether brands have been due for more than a minute, and none was polled since. */
export async function isPollingLate(pool: Pool, now: Date): Promise<boolean> {
  const [row] = await ask<{ late: boolean }>(
    pool,
    `SELECT EXISTS (SELECT FROM ${MAY_BE_POLLED} WHERE p.next_at < $1)
       AND NOT EXISTS (SELECT FROM carryover.polled_brands WHERE polled_at >= $1) AS late`,
    [new Date(now.getTime() - 60_000)],
  );
  return row?.late === true;
}
