import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { phaseProgress } from '../../gateways/store/work/slices.js';
import { findUntiled } from '../../gateways/store/work/tiles.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import type { Scope } from './kind.js';

const NOBODY = { name: '', attempt: 0 };

/**
 * Comparing the two sides of a phase proves nothing about records that were never read. Throws Unexpected while slices are open, CheckUnequal when
 * the slices together do not cover the planned range.
 */
export async function mustBeRead(pool: Pool, { phase, name }: Pick<Scope, 'phase' | 'name'>): Promise<void> {
  const progress = await phaseProgress(pool, phase, NOBODY);
  const open = Object.values(progress.open).reduce((sum, count) => sum + count, 0);
  if (progress.slices === 0 || open > 0)
    throw new CarryoverError('Unexpected', `Cannot complete ${name}: ${open} slices are still open.`);
  const fault = await findUntiled(pool, phase);
  if (fault !== undefined)
    throw new CarryoverError(
      'CheckUnequal',
      `The slices of ${name} do not cover what was planned: ${fault}.`,
    );
}

/** Throws CheckUnequal if there are differences. */
export function mustBeEqual(differences: readonly string[], what: string): void {
  if (differences.length > 0)
    throw new CarryoverError(
      'CheckUnequal',
      `Source and target differ after ${what}: ${differences.join('; ')}.`,
    );
}
