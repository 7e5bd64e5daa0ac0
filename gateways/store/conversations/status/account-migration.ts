import type pg from 'pg';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import { NOT_STARTED, type SteeringState } from '../../../../domain/engine/steering.js';
import { STEERING_COLUMN, type SteeringColumn, steeringOf } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import type { Transaction } from '../../sql/transaction.js';
import { type AccountMigration, readAccountMigration } from './migration-columns.js';

/** SQL: joins the account `a` with its migration `m`, whose columns are null without one. */
export const JOIN_MIGRATION = `LEFT JOIN carryover.migrations m ON m.kind = '${CONVERSATIONS}' AND m.subject = a.source_id`;

export interface SteeredAccount {
  /** What the account's row holds; undefined if it holds nothing. */
  readonly migration: AccountMigration | undefined;
  readonly steering: SteeringState;
}

export interface SteeredRow {
  readonly migration: unknown;
  readonly steering: SteeringColumn;
}

/** A migration outlives its account: its earlier requests do not apply to an account that was created again. */
export function steeredAccount(row: SteeredRow): SteeredAccount {
  const migration = readAccountMigration(row.migration);
  const steering = migration === undefined ? undefined : steeringOf(row.steering);
  return { migration, steering: steering ?? NOT_STARTED };
}

/** Undefined if the store has no such account. */
export async function readSteered(
  on: Pick<Transaction, 'query'>,
  accountId: string,
): Promise<SteeredAccount | undefined> {
  const [row] = await ask<SteeredRow & pg.QueryResultRow>(
    on,
    `SELECT a.migration, ${STEERING_COLUMN} FROM accounts a ${JOIN_MIGRATION} WHERE a.source_id = $1`,
    [accountId],
  );
  return row && steeredAccount(row);
}
