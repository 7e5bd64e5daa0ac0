import type pg from 'pg';
import { type Clock, timestamp } from '../../../../domain/engine/clock.js';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { FAILURE_KINDS, failureEntry } from '../../../../domain/conversations/failed-things.js';
import { type Report, type ReportEntry, quarantineEntry } from '../../../../domain/conversations/report.js';
import { OPERATION_COMMANDS } from '../../../../domain/conversations/operations.js';
import {
  type StalledMigration,
  refusedEntry,
  stalledEntry,
} from '../../../../domain/engine/failures/report.js';
import { systemClock } from '../../../clock.js';
import { IS_HALTED } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import { countFailures, listFailures } from './failures/list.js';
import { largestGroups } from '../quarantine/quarantine-groups.js';
import { refusedMessages } from '../../migrations/refused-messages.js';

type Pool = Pick<pg.Pool, 'query'>;

/** The number of entries listed of each kind. Counts include all. */
const SHOWN = 20;
const STALLED_AFTER = '1 hour';

/**
 * Migrations that are started, not done, not paused or cancelled, and without imported data or status changes for long. Failures are reported
 * separately.
 */
const STALLED = `
  WITH open AS (
    SELECT a.id, a.source_id, m.status, d.changed_at
    FROM carryover.migrations m JOIN carryover.status_documents d USING (kind, subject) JOIN accounts a ON a.source_id = m.subject
    WHERE m.kind = '${CONVERSATIONS}' AND m.started AND m.status <> 'all-messages-migrated' AND m.status NOT LIKE '%-failure'
      AND NOT ${IS_HALTED} AND m.resetting IS NULL
      AND d.changed_at < clock_timestamp() - interval '${STALLED_AFTER}'
      AND m.restarted_at < clock_timestamp() - interval '${STALLED_AFTER}'
  ), progress AS (
    SELECT open.source_id, open.status, greatest(open.changed_at, (
      SELECT max(w.updated_at) FROM brands b JOIN carryover.work w ON w.unit_id = b.unit_id WHERE b.account_id = open.id
    )) AS since
    FROM open
  )
  SELECT source_id, status, since FROM progress
  WHERE since < clock_timestamp() - interval '${STALLED_AFTER}' AND ($1::timestamptz IS NULL OR since >= $1)
  ORDER BY source_id`;

/** What currently needs a person. With `since`, only what failed or stalled since then. Throws StoreUnavailable. */
export async function readReport(
  pool: Pool,
  options: { readonly since?: Date | undefined; readonly clock?: Pick<Clock, 'now'> } = {},
): Promise<Report> {
  const { since, clock = systemClock } = options;
  const counts: Record<string, number> = {};
  const entries: ReportEntry[] = [];
  for (const kind of FAILURE_KINDS) {
    counts[kind] = await countFailures(pool, { kind, since });
    if (kind === 'quarantine') {
      entries.push(...(await largestGroups(pool, since, SHOWN)).map(quarantineEntry));
      continue;
    }
    const first = await listFailures(pool, { kind, since, limit: SHOWN });
    entries.push(...first.map(failureEntry).map(({ id: _id, ...entry }) => ({ ...entry, count: 1 })));
  }
  const stalled = await stalledMigrations(pool, since);
  entries.push(...stalled.slice(0, SHOWN).map(stalledEntry));
  const refused = await refusedMessages(pool, { since });
  entries.push(...refused.slice(0, SHOWN).map((message) => refusedEntry(message, OPERATION_COMMANDS)));
  return {
    at: timestamp(clock),
    since: since?.toISOString() ?? null,
    counts: { ...counts, stalled: stalled.length, 'refused-messages': refused.length } as Report['counts'],
    waived: await countWaived(pool),
    entries,
  };
}

async function countWaived(pool: Pool): Promise<number> {
  const [row] = await ask<{ count: number }>(
    pool,
    'SELECT count(*)::float8 AS count FROM quarantined_records WHERE waived_at IS NOT NULL',
  );
  return row?.count ?? 0;
}

/** Throws StoreUnavailable. */
export async function stalledMigrations(pool: Pool, since?: Date): Promise<StalledMigration[]> {
  const rows = await ask<{ source_id: string; status: string; since: Date }>(pool, STALLED, [since ?? null]);
  return rows.map((row) => ({
    accountId: row.source_id,
    status: row.status,
    since: row.since.toISOString(),
  }));
}
