/** The events of a migration of any kind, from the engine's tables. */

import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { ask } from '../sql/ask.js';

export interface TimelineRow {
  /** In microseconds, UTC. */
  readonly at: string;
  readonly id: string;
  readonly type: string;
  readonly what: string;
  readonly by: string | null;
  readonly unit: string | null;
  readonly detail: string | null;
}

export interface TimelinePage {
  readonly before?: Pick<TimelineRow, 'at' | 'id'> | undefined;
  readonly limit: number;
}

/** SQL: times as text that sorts like them. */
export const TIMELINE_AT = `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`;

/** SQL: the page of these events; `$3` and `$4` are the last event of the page before, `$5` the limit. */
export function timelinePage(events: string): string {
  return `
    SELECT ${TIMELINE_AT}, id, type, what, by, unit, detail FROM (${events}) event
    WHERE $3::timestamptz IS NULL OR (event.at, event.id COLLATE "C") < ($3, $4::text)
    ORDER BY event.at DESC, event.id COLLATE "C" DESC LIMIT $5`;
}

const EVENTS = `
  (SELECT at, 'a' || id AS id, 'steering' AS type, action AS what, actor AS by, NULL AS unit,
    CASE WHEN times > 1 THEN 'asked ' || times || ' times' END AS detail
  FROM carryover.audit_entries WHERE kind = $1 AND subject = $2 AND ($3::timestamptz IS NULL OR at <= $3) ORDER BY id DESC LIMIT $5 + 20)
  UNION ALL
  SELECT asked_at, 'v' || id || 'a', 'verification', CASE WHEN repair THEN 'verification with repair asked for' ELSE 'verification asked for' END,
    asked_by, NULL, NULL FROM carryover.verifications WHERE kind = $1 AND subject = $2
  UNION ALL
  SELECT ended_at, 'v' || id || 'e', 'verification', CASE state WHEN 'equal' THEN 'verification ended: all equal'
    WHEN 'unequal' THEN 'verification ended: differences' ELSE 'verification failed' END, NULL, NULL, failure ->> 'message'
  FROM carryover.verifications WHERE kind = $1 AND subject = $2 AND ended_at IS NOT NULL
  UNION ALL
  SELECT made_at, 'c' || id || 'm', 'verification', 'certificate made', NULL, NULL, NULL
  FROM carryover.certificates WHERE kind = $1 AND subject = $2
  UNION ALL
  SELECT revoked_at, 'c' || id || 'r', 'verification', 'certificate revoked', revoked_by, NULL, NULL
  FROM carryover.certificates WHERE kind = $1 AND subject = $2 AND revoked_at IS NOT NULL
  UNION ALL
  SELECT p.planned_at, 'p' || p.unit_id || p.phase || 'b', 'status', p.phase || ': import began', NULL, u.key, NULL
  FROM carryover.migrations m JOIN carryover.units u ON u.migration_id = m.id JOIN carryover.phases p ON p.unit_id = u.id AND p.pass = 'copy'
  WHERE m.kind = $1 AND m.subject = $2
  UNION ALL
  SELECT p.completed_at, 'p' || p.unit_id || p.phase || 'c', 'status', p.phase || ': imported and checked', NULL, u.key, NULL
  FROM carryover.migrations m JOIN carryover.units u ON u.migration_id = m.id JOIN carryover.phases p ON p.unit_id = u.id AND p.pass = 'copy'
  WHERE m.kind = $1 AND m.subject = $2 AND p.completed_at IS NOT NULL`;

const TIMELINE = timelinePage(EVENTS);

/** Newest first. Throws StoreUnavailable. */
export async function readTimeline(
  pool: Pick<pg.Pool, 'query'>,
  { kind, subject }: MigrationRef,
  { before, limit }: TimelinePage,
): Promise<TimelineRow[]> {
  return ask<TimelineRow>(pool, TIMELINE, [kind, subject, before?.at ?? null, before?.id ?? null, limit]);
}
