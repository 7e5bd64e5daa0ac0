/** The rows of migrations of every kind: name and status for lists, and the requested state. */

import type { SteeringState } from '../../../domain/engine/steering.js';
import { jsonText } from '../sql/json-text.js';
import type { Transaction } from '../sql/transaction.js';

/** Creates the rows of migrations of one kind, or updates their names. Idempotent. */
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
  /** A status of the kind's own. */
  readonly status: string;
  readonly steering: SteeringState;
  /** It has brought what its user waits for. The first time is kept. */
  readonly isReady?: boolean;
}

/** Writes the requested state and status of migrations of one kind. The caller must hold the locks of their subjects. */
export async function writeMigrations(
  tx: Transaction,
  kind: string,
  migrations: readonly MigrationState[],
): Promise<void> {
  if (migrations.length === 0) return;
  const rows = migrations.map(({ steering, ...migration }) => ({ ...steering, ...migration }));
  await tx.run`
    INSERT INTO carryover.migrations AS held (kind, subject, name, status, started, started_at, restarted_at, started_by, paused, cancelled, resetting, ready_at)
    SELECT ${kind}::text, subject, name, status, started, "startedAt", "restartedAt", "startedBy", paused, cancelled, resetting,
      CASE WHEN "isReady" THEN now() END
    FROM jsonb_to_recordset(${jsonText(rows)}::jsonb) AS migration (subject text, name text, status text, started boolean,
      "startedAt" timestamptz, "restartedAt" timestamptz, "startedBy" text, paused jsonb, cancelled jsonb, resetting jsonb,
      "isReady" boolean)
    ORDER BY subject
    ON CONFLICT (kind, subject) DO UPDATE SET
      status = excluded.status, started = excluded.started, started_at = excluded.started_at, restarted_at = excluded.restarted_at,
      started_by = excluded.started_by, paused = excluded.paused, cancelled = excluded.cancelled, resetting = excluded.resetting,
      ready_at = coalesce(held.ready_at, excluded.ready_at)`;
}

/** SQL: the requested state of the row `m` of `carryover.migrations` as one column, for `steeringOf`; null without a row. */
export const STEERING_COLUMN = `CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('started', m.started,
  'startedAt', m.started_at, 'restartedAt', m.restarted_at, 'startedBy', m.started_by,
  'paused', m.paused, 'cancelled', m.cancelled, 'resetting', m.resetting) END AS steering`;

/** The type of `STEERING_COLUMN`. */
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

/** PostgreSQL writes times in JSON with an offset. */
function isoTime(time: string | null | undefined): string | undefined {
  return time === null || time === undefined ? undefined : new Date(time).toISOString();
}

/** SQL: the migration `m` is paused or cancelled, so its work must stop. */
export const IS_HALTED = '(m.paused IS NOT NULL OR m.cancelled IS NOT NULL)';
