import type { Pass } from '../../../domain/engine/work.js';

/** The run of a copy: there is one. */
export const COPY_RUN = '0';

/** A phase of a unit, in one pass. */
export interface PhaseRef {
  /** The store's. */
  readonly unitId: string;
  readonly pass: Pass;
  /** Which time of this pass it is: COPY_RUN, or the verification's id. */
  readonly run: string;
  readonly phase: string;
  /** Of the digests that this code sums up. What was summed up in another version is neither added to nor compared. */
  readonly digestVersion: number;
}

/** The four columns by which the tables of this room name a phase, as the first parameters of a statement. */
export function keyOf({ unitId, pass, run, phase }: PhaseRef): [string, string, string, string] {
  return [unitId, pass, run, phase];
}

/** SQL: rows of the phase that `keyOf` names. */
export const OF_PHASE = 'unit_id = $1 AND pass = $2 AND run = $3 AND phase = $4';
