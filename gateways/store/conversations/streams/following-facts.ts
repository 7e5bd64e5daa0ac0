import type { Finishing } from '../../../../domain/conversations/following/finishing.js';
import type { Applied } from '../../../../domain/conversations/following/hints.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** How an account is followed, and what following has changed. */
export interface FollowingFacts extends Applied {
  /** Null before it is followed, and for a dump. */
  readonly by: 'stream' | 'poll' | null;
  readonly since: Date | null;
  /** Null while it is followed. */
  readonly until: Date | null;
  /** The greatest possible age of a change that is not in the store yet; null if unknown. */
  readonly lagSeconds: number | null;
  readonly lastAt: Date | null;
  /** Who finishes it; stays afterwards. */
  readonly finishing: Finishing | null;
  /** Why it is not followed by the stream. */
  readonly byReason: string | null;
  /** Its messages come from a dump. */
  readonly isDump: boolean;
}

/** SQL: the lag of the slowest stream in seconds; null without any. Clocks may differ slightly. */
const STREAM_LAG = `(SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(read_until))) FROM carryover.follow_shards WHERE NOT is_read)`;

/** SQL: the seconds since the last complete poll of everything that the account `f` has at the source. */
const POLL_LAG = `(SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(coalesce(p.polled_at, f.since))))
  FROM carryover.polled_brands p JOIN carryover.followed_brands b USING (brand_id) WHERE b.account_id = f.account_id)`;

/** Zeros and nulls for an account that is not followed. */
export async function readFollowingFacts(pool: Pool, accountId: string): Promise<FollowingFacts> {
  const [row] = await ask<FollowingFacts & Record<string, unknown>>(
    pool,
    `WITH own AS (SELECT b.id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1)
     SELECT f.by, f.since, f.until, CASE WHEN f.account_id IS NOT NULL AND f.until IS NULL THEN greatest(CASE f.by WHEN 'stream' THEN ${STREAM_LAG} ELSE ${POLL_LAG} END, (
         SELECT extract(epoch FROM clock_timestamp() - min(w.since)) FROM carryover.waiting_hints w JOIN own ON own.id = w.brand_id
       ))::float8 END AS "lagSeconds",
       g.added::float8 AS added, g.changed::float8 AS changed, g.removed::float8 AS removed, g.last_at AS "lastAt",
       f.finishing, f.by_reason AS "byReason", EXISTS (SELECT FROM accounts WHERE source_id = $1 AND migration -> 'dump' IS NOT NULL) AS "isDump"
     FROM (SELECT coalesce(sum(added), 0) AS added, coalesce(sum(changed), 0) AS changed, coalesce(sum(removed), 0) AS removed,
         max(last_at) AS last_at FROM carryover.followings JOIN own ON own.id = brand_id) g
     LEFT JOIN carryover.followed_accounts f ON f.account_id = $1`,
    [accountId],
  );
  return row ?? { ...NOTHING, ...NOT_FOLLOWED };
}

const NOTHING: Applied = { added: 0, changed: 0, removed: 0 };
const NOT_FOLLOWED = {
  by: null,
  since: null,
  until: null,
  lagSeconds: null,
  lastAt: null,
  finishing: null,
  byReason: null,
  isDump: false,
};

/** The lag of the slowest stream in seconds; 0 without any. Throws StoreUnavailable. */
export async function readStreamLag(pool: Pool): Promise<number> {
  const [row] = await ask<{ lag: number | null }>(pool, `SELECT ${STREAM_LAG}::float8 AS lag`);
  return row?.lag ?? 0;
}
