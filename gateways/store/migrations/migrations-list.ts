import type pg from 'pg';
import { NOT_STARTED, type SteeringState } from '../../../domain/engine/steering.js';
import { ask } from '../sql/ask.js';
import { STEERING_COLUMN, type SteeringColumn, steeringOf } from './migrations.js';

/** The last row of a page, after which the next page begins. */
export interface MigrationPosition {
  /** In microseconds, UTC, as PostgreSQL reads it. */
  readonly changedAt: string;
  readonly key: string;
}

export interface ListedMigration extends MigrationPosition {
  readonly name: string;
  /** A status of the kind's own. */
  readonly status: string;
  readonly steering: SteeringState;
}

export interface MigrationFilter {
  readonly status?: string | undefined;
  /** Part of the subject or the name; ignores case. */
  readonly q?: string | undefined;
  /** Only this subject. */
  readonly key?: string | undefined;
  readonly after?: MigrationPosition | undefined;
  readonly limit: number;
}

const LIST = `
  SELECT d.subject AS key, m.name, m.status, ${STEERING_COLUMN},
    to_char(d.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "changedAt"
  FROM carryover.status_documents d JOIN carryover.migrations m USING (kind, subject)
  WHERE d.kind = $6 AND ($7::text IS NULL OR d.subject = $7) AND ($1::text IS NULL OR m.status = $1)
    AND ($5::text IS NULL OR strpos(lower(m.subject), lower($5)) > 0 OR strpos(lower(m.name), lower($5)) > 0)
    AND ($2::timestamptz IS NULL OR (d.changed_at, d.subject) < ($2, $3::text))
  ORDER BY d.changed_at DESC, d.subject DESC LIMIT $4`;

/**
 * Lists the migrations of a kind, most recently changed first. A migration that changes while pages are read moves to the front; every other one is
 * on exactly one page. Throws StoreUnavailable.
 */
export async function listMigrations(
  pool: pg.Pool,
  kind: string,
  { status, q, key, after, limit }: MigrationFilter,
): Promise<ListedMigration[]> {
  type Row = Omit<ListedMigration, 'steering'> & { readonly steering: SteeringColumn };
  const values = [
    status ?? null,
    after?.changedAt ?? null,
    after?.key ?? null,
    limit,
    q ?? null,
    kind,
    key ?? null,
  ];
  const rows = await ask<Row>(pool, LIST, values);
  return rows.map(({ steering, ...row }) => ({ ...row, steering: steeringOf(steering) ?? NOT_STARTED }));
}
