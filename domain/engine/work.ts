/**
 * - `copy`: records are read at the source and written to the target.
 * - `verify`: they are read again and compared with what the target holds.
 * - `repair`: the same, and what is missing or different is written again.
 * - `undo`: what a copy has written is taken back.
 */
export const PASSES = ['copy', 'verify', 'repair', 'undo'] as const;
export type Pass = (typeof PASSES)[number];

/** What is worked on: a phase of a unit, in one pass. */
export interface WorkRef {
  readonly subject: string;
  readonly unit: string;
  readonly phase: string;
  readonly pass: Pass;
  /** Which time of this pass it is: the verification's id; left out for a copy. */
  readonly run?: string;
}
