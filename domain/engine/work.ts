/**
 * - `copy`: reads records at the source and writes them to the target.
 * - `verify`: reads them again and compares them with the target.
 * - `repair`: like `verify`, and writes missing and different records again.
 * - `undo`: removes what a copy has written.
 */
export const PASSES = ['copy', 'verify', 'repair', 'undo'] as const;
export type Pass = (typeof PASSES)[number];

/** A phase of a unit in one pass. */
export interface WorkRef {
  readonly subject: string;
  readonly unit: string;
  readonly phase: string;
  readonly pass: Pass;
  /** Distinguishes repetitions of a pass: the verification's id; undefined for a copy. */
  readonly run?: string;
}
