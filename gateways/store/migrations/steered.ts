/** How the store keeps the requested state of migrations. A kind with statuses of its own writes them in the same transaction. */

import type { Failure } from '../../../domain/engine/failures/failures.js';
import type { SteeringState } from '../../../domain/engine/steering.js';
import type { Transaction } from '../sql/transaction.js';

export interface LockedMigration {
  /** A status of the kind's own. */
  readonly status: string;
  readonly steering: SteeringState;
}

/** The migrations of one kind, by subject. All methods run in the caller's transaction and are idempotent. */
export interface SteeredMigrations {
  /** Locks a migration until the transaction ends, so that each change sees the previous one. Undefined if there is none. */
  lock(tx: Transaction, subject: string): Promise<LockedMigration | undefined>;
  /** Changes the requested state of a locked migration. Returns its status. */
  steer(
    tx: Transaction,
    subject: string,
    change: (steering: SteeringState) => SteeringState,
  ): Promise<string>;
  /** The migration has ended after a cancellation. */
  recordCancellation(tx: Transaction, subject: string, by: string): Promise<void>;
  /** The migration as a whole has failed. */
  recordFailure(tx: Transaction, subject: string, failure: Failure): Promise<void>;
}
