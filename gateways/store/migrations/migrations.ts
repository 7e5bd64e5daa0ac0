/** The rows of migrations of every kind: the name and status that lists show, and what was asked of each. */

import type { SteeringState } from '../../../domain/engine/steering.js';
import { jsonText } from '../sql/json-text.js';
import type { Transaction } from '../sql/transaction.js';

/** Creates the rows of migrations of one kind, or gives them their names. Idempotent. */
export async function addMigrations(
  tx: Transaction,
  kind: string,
  migrations: readonly { readonly subject: string; readonly name: string }[],
): Promise<void> {
  await tx.run`
    INSERT INTO carryover.migrations AS held (kind, subject, name)
    SELECT ${kind}::text, subject, name
    FROM jsonb_to_recordset(${jsonText(migrations)}::jsonb) AS migration (subject text, name text) ORDER BY subject
    ON CONFLICT (kind, subject) DO UPDATE SET name = excluded.name WHERE held.name <> excluded.name`;
}

export interface MigrationState {
  readonly subject: string;
  readonly name: string;
  /** A word of the kind's own. */
  readonly status: string;
  readonly steering: SteeringState;
}

/** Writes what was asked of migrations of one kind and their status; the caller has locked what they are of. */
export async function writeMigrations(
  tx: Transaction,
  kind: string,
  migrations: readonly MigrationState[],
): Promise<void> {
  if (migrations.length === 0) return;
  const rows = migrations.map(({ steering, ...migration }) => ({ ...steering, ...migration }));
  await tx.run`
    INSERT INTO carryover.migrations (kind, subject, name, status, started, started_at, restarted_at, started_by, paused, cancelled, resetting)
    SELECT ${kind}::text, subject, name, status, started, "startedAt", "restartedAt", "startedBy", paused, cancelled, resetting
    FROM jsonb_to_recordset(${jsonText(rows)}::jsonb) AS migration (subject text, name text, status text, started boolean,
      "startedAt" timestamptz, "restartedAt" timestamptz, "startedBy" text, paused jsonb, cancelled jsonb, resetting jsonb)
    ORDER BY subject
    ON CONFLICT (kind, subject) DO UPDATE SET
      status = excluded.status, started = excluded.started, started_at = excluded.started_at, restarted_at = excluded.restarted_at,
      started_by = excluded.started_by, paused = excluded.paused, cancelled = excluded.cancelled, resetting = excluded.resetting`;
}

/** SQL: the state of the row `m` of `carryover.migrations` as one column, for `steeringOf`; null where there is no row. */
export const STEERING_COLUMN = `CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('started', m.started,
  'startedAt', m.started_at, 'restartedAt', m.restarted_at, 'startedBy', m.started_by,
  'paused', m.paused, 'cancelled', m.cancelled, 'resetting', m.resetting) END AS steering`;

/** As `STEERING_COLUMN` gives it. */
export type SteeringColumn = { readonly [Key in keyof SteeringState]: SteeringState[Key] | null } | null;

export function steeringOf(column: SteeringColumn): SteeringState | undefined {
  if (column === null) return undefined;
  const { started, startedAt, restartedAt, startedBy, paused, cancelled, resetting } = column;
  return {
    started: started === true,
    startedAt: isoTime(startedAt),
    restartedAt: isoTime(restartedAt),
    startedBy: startedBy ?? undefined,
    paused: paused ?? undefined,
    cancelled: cancelled ?? undefined,
    resetting: resetting ?? undefined,
  };
}

/** PostgreSQL writes a time in JSON with its offset. */
function isoTime(time: string | null | undefined): string | undefined {
  return time === null || time === undefined ? undefined : new Date(time).toISOString();
}

/** SQL: nothing is to be done for the migration `m`, since somebody has paused or cancelled it. */
export const IS_HALTED = '(m.paused IS NOT NULL OR m.cancelled IS NOT NULL)';
