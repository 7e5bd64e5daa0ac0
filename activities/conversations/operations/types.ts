/**
 * The activities of the operators' workflows. As with migrations, inputs and results hold only ids, counts and words, and every activity may be
 * repeated at any moment.
 */

import type { OperationInput } from '../../../domain/conversations/operations.js';

export interface OperationCalls {
  /** The account's brands that have attachments to fetch. */
  brandsToFetch(input: OperationInput): Promise<{ readonly brandIds: readonly string[] }>;
  /** Logs everything that needs a person and sends it to the configured channel. */
  sendReport(): Promise<{ readonly entries: number }>;
}

export interface OperationImports {
  /** Ends every workflow of the account that imports or follows a port; `asked` is false when no reset was requested. */
  endWorkflows(input: OperationInput): Promise<{ readonly asked: boolean }>;
  /** Cancels the account's open port orders at the carrier. `kept` counts orders that are too late to cancel. */
  cancelPorts(input: OperationInput): Promise<{ readonly cancelled: number; readonly kept: number }>;
  /** Removes rows and files for some minutes; `done` when nothing is left. */
  removeImported(input: OperationInput): Promise<{ readonly done: boolean }>;
  /** Starts the migration again; `finished` is false while something is left to remove. */
  finishReset(input: OperationInput): Promise<{ readonly finished: boolean }>;
  /** Reads quarantined records at the source again, in the order of their ids, for about a minute. */
  retryQuarantined(input: QuarantineRetryInput): Promise<QuarantineRetryProgress>;
}

export interface QuarantineRetryInput extends OperationInput {
  /** Ids of records; undefined for all of the account. */
  readonly records?: readonly string[];
  /** The last id that was done. */
  readonly after?: string;
}

export interface QuarantineRetryProgress {
  readonly imported: number;
  /** Still refused, with the current reason. */
  readonly quarantined: number;
  /** Where to continue; undefined when all are done. */
  readonly after?: string;
}

export type OperationActivities = OperationCalls & OperationImports;
