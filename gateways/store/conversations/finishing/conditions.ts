import type { FinishReason, FollowLimits } from '../../../../domain/conversations/following/finishing.js';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { IS_HALTED } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { AGAIN_AFTER } from '../streams/ask-repair.js';

/** SQL: how many ports of the account `a` are not final, and when a port's status last changed. */
export const PORTS = `(
  SELECT count(*) FILTER (WHERE status NOT IN ('complete', 'cancelled', 'refused'))::integer AS open, max(status_at) AS last_at
  FROM phone_portings WHERE account_id = a.id)`;

/** SQL: what is known of brands of the account `a`. */
export const HAS_GAP = `EXISTS (SELECT FROM carryover.followed_brands b WHERE b.account_id = a.source_id AND b.gap IS NOT NULL)`;
export const HINTS_WAIT = `EXISTS (SELECT FROM carryover.waiting_hints h JOIN brands b ON b.id = h.brand_id WHERE b.account_id = a.id)`;
export const LAST_NEWS = `(SELECT max(g.last_at) FROM carryover.followings g JOIN brands b ON b.id = g.brand_id WHERE b.account_id = a.id)`;

/** SQL: all changes of the account `f` before this time have been looked at. */
const KNOWN_UNTIL = `least($4::timestamptz,
  CASE f.by WHEN 'stream' THEN (SELECT min(read_until) FROM carryover.follow_shards WHERE NOT is_read)
    ELSE (SELECT min(coalesce(p.polled_at, f.since)) FROM carryover.polled_brands p JOIN carryover.followed_brands b USING (brand_id)
      WHERE b.account_id = f.account_id) END)`;

const STATEMENT = `
  SELECT f.account_id AS "accountId", d.reason, p.open AS "openPorts"
  FROM carryover.followed_accounts f JOIN accounts a ON a.source_id = f.account_id
  JOIN carryover.migrations m ON m.kind = '${CONVERSATIONS}' AND m.subject = f.account_id AND m.started
    AND NOT ${IS_HALTED} AND m.resetting IS NULL AND m.status = 'all-messages-migrated'
  CROSS JOIN LATERAL ${PORTS} p
  CROSS JOIN LATERAL (SELECT CASE
    WHEN f.finishing IS NOT NULL THEN f.finishing ->> 'reason'
    WHEN p.open = 0 AND ${KNOWN_UNTIL} - greatest(f.since, p.last_at, ${LAST_NEWS}) >= make_interval(hours => $1)
      AND NOT ${HAS_GAP} AND NOT ${HINTS_WAIT} THEN 'idle'
    WHEN $4 - f.since >= make_interval(days => $2) THEN 'max-days' END AS reason) d
  WHERE f.until IS NULL AND f.finishing ->> 'verification' IS NULL AND d.reason IS NOT NULL
    AND ($3::text IS NULL OR f.account_id = $3)
    AND NOT EXISTS (
      SELECT FROM carryover.verifications v WHERE (v.kind, v.subject) = (m.kind, m.subject) AND (v.state = 'running'
        OR v.repair AND (v.state = 'failed' OR d.reason <> 'operator') AND v.ended_at > clock_timestamp() - interval '${AGAIN_AFTER}'))
  ORDER BY 1`;

export interface ToFinish {
  readonly accountId: string;
  readonly reason: FinishReason;
  readonly openPorts: number;
}

/**
 * The accounts (Conversations' ids) whose last pass is due: on an operator's request, or because their following ends by its conditions. Excludes
 * accounts whose migration is held, and those whose last pass recently ended without a result.
 */
export function accountsToFinish(
  on: Pool | Transaction,
  { idleHours, maxDays }: FollowLimits,
  at: Date,
  accountId?: string,
): Promise<ToFinish[]> {
  return ask<ToFinish & Record<string, unknown>>(on, STATEMENT, [idleHours, maxDays, accountId ?? null, at]);
}
