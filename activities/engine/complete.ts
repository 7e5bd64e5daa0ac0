import { CarryoverError } from '../../domain/engine/failures.js';
import { phaseProgress } from '../../gateways/store/work/slices.js';
import { findUntiled } from '../../gateways/store/work/tiles.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import type { Scope } from './kind.js';

const NOBODY = { name: '', attempt: 0 };

/**
 * What is compared at the end of a phase proves nothing of records that were not read. Throws Unexpected while slices are open, and
 * CheckUnequal where all slices together are not the range that was planned.
 */
export async function mustBeRead(pool: Pool, { phase, name }: Pick<Scope, 'phase' | 'name'>): Promise<void> {
  const progress = await phaseProgress(pool, phase, NOBODY);
  const open = Object.values(progress.open).reduce((sum, count) => sum + count, 0);
  if (progress.slices === 0 || open > 0)
    throw new CarryoverError('Unexpected', `Not all of ${name} has been read: ${open} slices are open.`);
  const fault = await findUntiled(pool, phase);
  if (fault !== undefined)
    throw new CarryoverError('CheckUnequal', `What was read in ${name} is not what was planned: ${fault}.`);
}

/** Throws CheckUnequal where there are any. */
export function mustBeEqual(differences: readonly string[], when: string): void {
  if (differences.length > 0)
    throw new CarryoverError('CheckUnequal', `${when} differ: ${differences.join('; ')}.`);
}
