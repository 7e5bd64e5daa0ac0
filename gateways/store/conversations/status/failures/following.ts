import { CONVERSATIONS } from '../../../../../domain/conversations/migration.js';
import { IS_HALTED } from '../../../migrations/migrations.js';
import { PORTS } from '../../finishing/conditions.js';

/** How far a stream may be behind. */
const LATE_AFTER = '5 minutes';
/** A brand is polled every five minutes. */
const UNPOLLED_AFTER = '15 minutes';
/** How long hints may wait. */
const WAITED_AFTER = '1 hour';
/** How long channels of a ported number may wait for its last messages. */
const CATCHING_UP_AFTER = '2 minutes';

/** SQL: of migration, account and unit of the followed brand `f`. */
const OF_BRAND = `
  JOIN brands b ON b.source_id = f.brand_id JOIN accounts a ON a.id = b.account_id
  JOIN carryover.migrations m ON m.kind = '${CONVERSATIONS}' AND m.subject = a.source_id`;

/**
 * SQL: problems of following that need a person, by an id whose first letter is the cause. `$1` id after which to begin, `$3` time or null, `$4`
 * limit.
 *
 * @param of SQL: whether this column or text is the wanted account
 */
export function followingFailures(of: (account: string) => string): string {
  return `
    SELECT * FROM (
      SELECT 'l' || source_table AS id, '' AS account_id, '' AS brand_id, min(read_until) AS since, jsonb_build_object('cause', 'lag',
        'table', source_table, 'minutes', floor(extract(epoch FROM clock_timestamp() - min(read_until)) / 60)) AS following
      FROM carryover.follow_shards WHERE NOT is_read AND ${of("''")} GROUP BY source_table
      HAVING min(read_until) < clock_timestamp() - interval '${LATE_AFTER}'
      UNION ALL
      SELECT 'g' || lpad(b.id::text, 18, '0'), a.source_id, b.source_id, (f.gap ->> 'until')::timestamptz,
        jsonb_build_object('cause', 'gap', 'reason', f.gap ->> 'reason', 'isHeld', ${IS_HALTED})
      FROM carryover.followed_brands f ${OF_BRAND}
      WHERE f.gap IS NOT NULL AND ${of('a.source_id')}
      UNION ALL
      SELECT 'h' || lpad(b.id::text, 18, '0'), a.source_id, b.source_id, w.since, jsonb_build_object('cause', 'hints', 'hints', w.hints)
      FROM carryover.followed_brands f ${OF_BRAND} AND NOT ${IS_HALTED}
      CROSS JOIN LATERAL (SELECT min(since) AS since, count(*) AS hints FROM carryover.waiting_hints WHERE brand_id = b.id) w
      WHERE w.since < clock_timestamp() - interval '${WAITED_AFTER}' AND ${of('a.source_id')}
      UNION ALL
      SELECT 'p' || lpad(b.id::text, 18, '0'), a.source_id, b.source_id, w.since, jsonb_build_object('cause', 'polling',
        'minutes', floor(extract(epoch FROM clock_timestamp() - w.since) / 60), 'failure', p.failure ->> 'message')
      FROM carryover.polled_brands p JOIN carryover.followed_brands f USING (brand_id)
      JOIN carryover.followed_accounts o ON o.account_id = f.account_id ${OF_BRAND} AND NOT ${IS_HALTED}
      CROSS JOIN LATERAL (SELECT coalesce(p.polled_at, o.since) AS since) w
      WHERE w.since < clock_timestamp() - interval '${UNPOLLED_AFTER}' AND a.migration ->> 'dump' IS NULL AND ${of('a.source_id')}
      UNION ALL
      SELECT 'c' || lpad(p.id::text, 18, '0'), a.source_id, '', p.catching_up_since, jsonb_build_object('cause', 'catching-up',
        'channel', c.source_id, 'minutes', floor(extract(epoch FROM clock_timestamp() - p.catching_up_since) / 60))
      FROM phone_portings p JOIN accounts a ON a.id = p.account_id JOIN channels c ON c.id = p.channel_id
      WHERE p.catching_up_since < clock_timestamp() - interval '${CATCHING_UP_AFTER}' AND ${of('a.source_id')}
      UNION ALL
      SELECT 'm' || lpad(a.id::text, 18, '0'), a.source_id, '', f.until, jsonb_build_object('cause', 'max-days',
        'days', floor(extract(epoch FROM f.until - f.since) / 86400), 'openPorts', coalesce((f.finishing ->> 'openPorts')::integer, 0),
        'stillOpen', p.open)
      FROM carryover.followed_accounts f JOIN accounts a ON a.source_id = f.account_id
      CROSS JOIN LATERAL ${PORTS} p
      WHERE f.until IS NOT NULL AND f.finishing ->> 'reason' = 'max-days' AND ${of('a.source_id')} AND (p.open > 0 OR NOT EXISTS (
        SELECT FROM carryover.verifications v WHERE v.kind = '${CONVERSATIONS}' AND v.subject = a.source_id AND v.repair AND v.state = 'equal'
          AND v.asked_at > greatest(f.until, p.last_at)))
    ) found
    WHERE id COLLATE "C" > $1 AND ($3::timestamptz IS NULL OR since >= $3)
    ORDER BY id COLLATE "C" LIMIT $4`;
}

/** Whether an id can occur in the list. */
export function isFollowingFailureId(id: string): boolean {
  return /^(l(threads|messages)|[cghmp]\d{18})$/.test(id);
}
