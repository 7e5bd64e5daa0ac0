/** The vocabulary of verifications, which read the source again and compare it with the store, record by record. */

import type { Steering } from './messages.js';

export const VERIFICATION_STATES = ['running', 'equal', 'unequal', 'failed'] as const;
export type VerificationState = (typeof VERIFICATION_STATES)[number];

/**
 * - `missing`: only the source has the record.
 * - `extra`: only the store has it.
 * - `different`: both have it, with named differences.
 * - `new`: it arrived at the source after the import began and is not here. The source is in use, so this is not a fault.
 */
export const DIFFERENCES = ['missing', 'extra', 'different', 'new'] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** `sums`: counts or digests differ although no record was found to differ. */
export const COMPARED_TABLES = [
  'threads',
  'messages',
  'attachments',
  'quarantined_records',
  'superseded_copies',
  'sums',
] as const;
export type ComparedTable = (typeof COMPARED_TABLES)[number];

/** Ids and names of fields; never contents. */
export interface Sample {
  /** The record's id in Conversations; null if it has none or the id must not be kept. */
  readonly id: string | null;
  /** The record's key in its source table, or an attachment's message, if that adds information. */
  readonly key: string | null;
  readonly fields: readonly string[];
}

export interface Finding extends Sample {
  readonly table: ComparedTable;
  readonly difference: Difference;
  /** How many records it represents; default 1. */
  readonly count?: number;
}

export const SAMPLES = 10;

/** The first pass compares; the second compares again after a repair. */
export const PASSES = [1, 2] as const;
export type Pass = (typeof PASSES)[number];

/** Input of the verification's workflow, which continues where the store says. */
export interface VerificationInput {
  readonly subject: string;
  readonly verificationId: string;
}

/** The workflow's result, and its answer to a query. */
export interface VerificationProgress {
  readonly state: VerificationState | 'forgotten';
  readonly pass: Pass;
  /** How many units are compared; omitted before the first pass. */
  readonly units?: number;
  /** Records compared so far in this pass. */
  readonly records: number;
  readonly paused?: Steering;
}
