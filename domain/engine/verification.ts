/** The words of a verification: the source read again and compared, record by record, with what the store holds. */

import type { Steering } from './messages.js';

export const VERIFICATION_STATES = ['running', 'equal', 'unequal', 'failed'] as const;
export type VerificationState = (typeof VERIFICATION_STATES)[number];

/**
 * - `missing`: the source has it, the store does not.
 * - `extra`: the store has it, the source does not.
 * - `different`: both have it, and it is not the same; what differs is named.
 * - `new`: it came to the source after the import began, and is not here. The source is in use, so this is no fault.
 */
export const DIFFERENCES = ['missing', 'extra', 'different', 'new'] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** `sums`: no record was found to differ, and counts or digests of both sides do nevertheless. */
export const COMPARED_TABLES = [
  'threads',
  'messages',
  'attachments',
  'quarantined_records',
  'superseded_copies',
  'sums',
] as const;
export type ComparedTable = (typeof COMPARED_TABLES)[number];

/** Ids and what differs; never contents. */
export interface Sample {
  /** The record's own id in Conversations; null where it has none or where it may not be kept. */
  readonly id: string | null;
  /** The record's key in its source table, or the message that an attachment is of, where that tells more. */
  readonly key: string | null;
  readonly fields: readonly string[];
}

export interface Finding extends Sample {
  readonly table: ComparedTable;
  readonly difference: Difference;
  /** How many records it stands for; default 1. */
  readonly count?: number;
}

export const SAMPLES = 10;

/** The pass that compares, and the one that compares again after a repair. */
export const PASSES = [1, 2] as const;
export type Pass = (typeof PASSES)[number];

/** Input of the verification's workflow, which goes on where the store says that it was. */
export interface VerificationInput {
  readonly subject: string;
  readonly verificationId: string;
}

/** What the workflow answers to a query, and at its end. */
export interface VerificationProgress {
  readonly state: VerificationState | 'forgotten';
  readonly pass: Pass;
  readonly unit?: string;
  /** Records compared so far in this turn. */
  readonly records: number;
  readonly paused?: Steering;
}
