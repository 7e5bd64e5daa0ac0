import type { QuarantinedShare } from '../../../../domain/conversations/alerts.js';
import { COPY_RUN } from '../../work/phase-ref.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** Accounts with more than `percent` of their records in quarantine and not waived. Throws StoreUnavailable. */
export function quarantinedShares(pool: Pool, percent: number): Promise<QuarantinedShare[]> {
  return ask<QuarantinedShare & object>(
    pool,
    `SELECT q.account_id AS "accountId", q.records::float8 AS records, greatest(q.records, r.read)::float8 AS read, q.since
     FROM (
       SELECT account_source_id AS account_id, count(*) AS records, min(quarantined_at) AS since
       FROM quarantined_records WHERE waived_at IS NULL GROUP BY 1
     ) q CROSS JOIN LATERAL (
       SELECT coalesce(sum(t.read), 0) AS read
       FROM accounts a JOIN brands b ON b.account_id = a.id JOIN carryover.tallies t ON t.unit_id = b.unit_id
       WHERE a.source_id = q.account_id AND t.pass = 'copy' AND t.run = ${COPY_RUN}
     ) r
     WHERE q.records * 100 > $1::bigint * greatest(q.records, r.read)
     ORDER BY q.account_id`,
    [percent],
  );
}
