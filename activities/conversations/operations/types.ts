/**
 * What the operators' workflows may ask for. As with migrations: ids, counts and words only, and every activity may be run again
 * at any moment.
 */

import type { OperationInput } from '../../../domain/conversations/operations.js';

export interface OperationCalls {
  /** The account's brands that have attachments to be fetched. */
  brandsToFetch(input: OperationInput): Promise<{ readonly brandIds: readonly string[] }>;
  /** Everything that needs a person, written to the log and sent where reports go. */
  sendReport(): Promise<{ readonly entries: number }>;
}

export interface OperationImports {
  /** Ends every workflow of the account that imports or follows a port; false when no reset was asked for. */
  endWorkflows(input: OperationInput): Promise<{ readonly asked: boolean }>;
  /** Cancels the account's open port orders at the carrier; one that it is too late for is kept as it stands. */
  cancelPorts(input: OperationInput): Promise<{ readonly cancelled: number; readonly kept: number }>;
  /** Removes rows and files for some minutes; `done` when nothing is left. */
  removeImported(input: OperationInput): Promise<{ readonly done: boolean }>;
  /** Starts the migration again; false while something is left to remove. */
  finishReset(input: OperationInput): Promise<{ readonly finished: boolean }>;
  /** Reads quarantined records at the source again, in the order of their ids, for about a minute. */
  retryQuarantined(input: QuarantineRetryInput): Promise<QuarantineRetryProgress>;
}

export interface QuarantineRetryInput extends OperationInput {
  /** Ids; left out, all of the account. */
  readonly records?: readonly string[];
  /** The last id that was done. */
  readonly after?: string;
}

export interface QuarantineRetryProgress {
  readonly imported: number;
  /** Still not to be taken, by the reason that holds now. */
  readonly quarantined: number;
  /** Where to go on; left out when all are done. */
  readonly after?: string;
}

export type OperationActivities = OperationCalls & OperationImports;
