import type { Pass } from '../../../domain/engine/work.js';

/** The run of every copy pass. */
export const COPY_RUN = '0';

/** A phase of a unit in one pass. */
export interface PhaseRef {
  /** The store's id. */
  readonly unitId: string;
  readonly pass: Pass;
  /** COPY_RUN, or the verification's id. */
  readonly run: string;
  readonly phase: string;
  /** The version of this code's digests. Sums of another version are neither added to nor compared. */
  readonly digestVersion: number;
}

/** The four columns that identify a phase in these tables, as the first parameters of a statement. */
export function keyOf({ unitId, pass, run, phase }: PhaseRef): [string, string, string, string] {
  return [unitId, pass, run, phase];
}

/** SQL: rows of the phase that `keyOf` identifies. */
export const OF_PHASE = 'unit_id = $1 AND pass = $2 AND run = $3 AND phase = $4';
