import { timestamp, type Clock } from '../../../domain/engine/clock.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import * as steering from '../../../domain/engine/steering.js';
import { systemClock } from '../../clock.js';
import type { Transaction } from '../sql/transaction.js';
import {
  type MigrationState,
  STEERING_COLUMN,
  type SteeringColumn,
  steeringOf,
  writeMigrations,
} from './migrations.js';
import { writeStatusDocuments } from './status-documents.js';
import type { SteeredMigrations } from './steered.js';

/** A kind's statuses for what the engine does with its migrations. */
export interface RowStatuses {
  /** The statuses in which users can work with the result; without any, the time until then is not measured. */
  readonly ready?: readonly string[];
  readonly running: string;
  readonly cancelled: string;
  readonly failed: string;
}

export interface SteeredRows extends SteeredMigrations {
  /** Starts a migration, or retries what failed, and ends a cancellation. Creates the migration if there is none. */
  start(tx: Transaction, subject: string, by: string): Promise<string>;
  /** Changes the kind's own status. */
  setStatus(tx: Transaction, subject: string, status: string): Promise<string>;
}

/** Migrations of a kind whose status is a single value in the migration's row. The status document contains it, and who paused the migration. */
export function steeredRows(
  kind: string,
  statuses: RowStatuses,
  clock: Pick<Clock, 'now'> = systemClock,
): SteeredRows {
  const change = async (
    tx: Transaction,
    subject: string,
    changed: (state: MigrationState) => Partial<MigrationState>,
  ): Promise<string> => {
    const held = (await lockRow(tx, { kind, subject })) ?? newMigration(subject);
    const state = { ...held, ...changed(held) };
    const isReady = statuses.ready?.includes(state.status) ?? false;
    await writeMigrations(tx, kind, [{ ...state, isReady }]);
    const { status, steering: asked } = state;
    const document = JSON.stringify({
      status,
      paused: asked.paused ?? null,
      cancelled: asked.cancelled ?? null,
    });
    await writeStatusDocuments(tx, kind, [{ subject, document, tally: {} }]);
    return status;
  };
  return {
    lock: (tx, subject) => lockRow(tx, { kind, subject }),
    steer: (tx, subject, asked) => change(tx, subject, (state) => ({ steering: asked(state.steering) })),
    start: (tx, subject, by) =>
      change(tx, subject, (state) => ({
        status: statuses.running,
        steering: steering.started(state.steering, {
          by,
          at: timestamp(clock),
          isRunning: state.status === statuses.running,
        }),
      })),
    setStatus: (tx, subject, status) => change(tx, subject, () => ({ status })),
    async recordCancellation(tx, subject, by) {
      await change(tx, subject, (state) => ({
        status: statuses.cancelled,
        steering: steering.ended(state.steering, { by, since: timestamp(clock) }),
      }));
    },
    async recordFailure(tx, subject) {
      await change(tx, subject, () => ({ status: statuses.failed }));
    },
  };
}

function newMigration(subject: string): MigrationState {
  return { subject, name: '', status: 'none', steering: steering.NOT_STARTED };
}

async function lockRow(
  tx: Transaction,
  { kind, subject }: MigrationRef,
): Promise<MigrationState | undefined> {
  type Row = Omit<MigrationState, 'steering'> & { readonly steering: SteeringColumn };
  const { rows } = await tx.query<Row>(
    `SELECT m.subject, m.name, m.status, ${STEERING_COLUMN} FROM carryover.migrations m
     WHERE m.kind = $1 AND m.subject = $2 FOR NO KEY UPDATE`,
    [kind, subject],
  );
  return rows[0] && { ...rows[0], steering: steeringOf(rows[0].steering) ?? steering.NOT_STARTED };
}
