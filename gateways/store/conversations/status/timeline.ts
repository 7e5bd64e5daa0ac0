import type pg from 'pg';
import { type TimelinePage, type TimelineRow, timelinePage } from '../../migrations/timeline.js';
import { ask } from '../../sql/ask.js';

/** `$1` is an empty text, so that parameters are numbered as the engine numbers them. */
const EVENTS = `
  SELECT CASE WHEN jsonb_typeof(k.body -> 'at') = 'string' THEN (k.body ->> 'at')::timestamptz ELSE k.received_at END AS at, 'k' || k.webhook_id AS id,
    'port' AS type, p.phone_number || ': ' || (k.body ->> 'status') AS what, 'the carrier' AS by, b.source_id AS unit, k.body ->> 'reason' AS detail
  FROM accounts a JOIN phone_portings p ON p.account_id = a.id JOIN carryover.porting_callbacks k ON k.port_order_id = p.port_order_id
    JOIN channels c ON c.id = p.channel_id JOIN brands b ON b.id = c.brand_id
  WHERE a.source_id = $2 AND $1 = ''
  UNION ALL
  SELECT p.created_at, 'o' || p.id, 'port', p.phone_number || ': port begun', NULL, b.source_id, NULL
  FROM accounts a JOIN phone_portings p ON p.account_id = a.id JOIN channels c ON c.id = p.channel_id JOIN brands b ON b.id = c.brand_id
  WHERE a.source_id = $2
  UNION ALL
  SELECT since, 'f' || account_id || 'b', 'following', 'changes at the source are followed', NULL, NULL, by
  FROM carryover.followed_accounts WHERE account_id = $2
  UNION ALL
  SELECT until, 'f' || account_id || 'e', 'following', 'following has ended', NULL, NULL, NULL
  FROM carryover.followed_accounts WHERE account_id = $2 AND until IS NOT NULL
  UNION ALL
  SELECT (finishing ->> 'since')::timestamptz, 'f' || account_id || 'f', 'following', 'finishing has begun', finishing ->> 'by', NULL,
    finishing ->> 'reason'
  FROM carryover.followed_accounts WHERE account_id = $2 AND finishing ->> 'since' IS NOT NULL`;

const TIMELINE = timelinePage(EVENTS);

/** What the carrier said and what following did, newest first. Throws StoreUnavailable. */
export async function readAccountTimeline(
  pool: Pick<pg.Pool, 'query'>,
  accountId: string,
  { before, limit }: TimelinePage,
): Promise<TimelineRow[]> {
  return ask<TimelineRow>(pool, TIMELINE, ['', accountId, before?.at ?? null, before?.id ?? null, limit]);
}
