/** How the store keeps what is asked of migrations: a kind with statuses of its own writes them in the same transaction. */

import type { Failure } from '../../../domain/engine/failures.js';
import type { SteeringState } from '../../../domain/engine/steering.js';
import type { Transaction } from '../sql/transaction.js';

export interface LockedMigration {
  /** A word of the kind's own. */
  readonly status: string;
  readonly steering: SteeringState;
}

/** The migrations of one kind, by subject. Everything runs in the caller's transaction, and changes nothing when it is called again. */
export interface SteeredMigrations {
  readonly kind: string;
  /** Locks a migration until the transaction ends, so that of several changes each sees the one before it. Undefined when there is none. */
  lock(tx: Transaction, subject: string): Promise<LockedMigration | undefined>;
  /** Changes what was asked of a migration that is locked. Answers its status. */
  steer(
    tx: Transaction,
    subject: string,
    change: (steering: SteeringState) => SteeringState,
  ): Promise<string>;
  /** The migration has ended because somebody cancelled it. */
  recordCancellation(tx: Transaction, subject: string, by: string): Promise<void>;
  /** The migration as a whole cannot be done. */
  recordFailure(tx: Transaction, subject: string, failure: Failure): Promise<void>;
}
