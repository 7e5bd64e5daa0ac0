import type { Failure } from '../../domain/engine/failures/failures.js';
import type { SteeredMigrations } from '../../gateways/store/migrations/steered.js';
import type { Transaction } from '../../gateways/store/sql/transaction.js';
import type { Problem } from '../http/problems.js';
import type { Asker } from './operations/asker.js';

/** Runs in the caller's transaction, which has locked the migration and written the audit entry. Returns the migration's status. */
export type SteeringHook = (tx: Transaction, key: string, asker: Asker) => Promise<string>;

/** What steering needs from a kind. Every kind can be paused, resumed and cancelled; the optional members are traits. */
export interface SteeredKind {
  readonly migrations: SteeredMigrations;
  /** The id of the migration's workflow. */
  workflowId(key: string): string;
  /** Whether everything is migrated, so that nothing is left to pause or cancel. */
  isDone(status: string): boolean;
  /** The problem for a key of no migration. */
  unknown(): Problem;
  readonly verification?: SteeredVerification;
  /** Retries what failed, and signals the workflow. */
  readonly retry?: SteeringHook;
  /** Undoes the migration. */
  readonly undo?: SteeringHook;
}

/** How migrations of a kind are verified. */
export interface SteeredVerification {
  /** The id of the verification's workflow. */
  workflowId(key: string): string;
  /** Why a migration of this status cannot be verified yet, as a sentence. */
  refusal(status: string): string | undefined;
  /** Ends the verification; its findings stay. */
  end(tx: Transaction, verificationId: string, failure: Failure): Promise<unknown>;
}
