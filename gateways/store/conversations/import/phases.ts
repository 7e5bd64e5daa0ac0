import { DIGEST_VERSION } from '../../../../domain/conversations/records/digest.js';
import { CarryoverError } from '../../../../domain/engine/failures/failures.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { COPY_RUN } from '../../work/phase-ref.js';
import type { PhaseRef } from '../../work/phase-ref.js';
import type { ImportedBrand } from './brand.js';

/** The stages of every phase, in order: messages are written into their threads. */
export const THREADS = 'threads';
export const MESSAGES = 'messages';

/** SQL: the phases of brands' imports, with `brand_id` and `account_id`. */
export const IMPORT_PHASES = `(
  SELECT b.id AS brand_id, b.account_id, p.* FROM brands b JOIN carryover.phases p ON p.unit_id = b.unit_id AND p.pass = 'copy')`;

/** A phase of a brand's import. */
export function importPhase({ unitId }: Pick<ImportedBrand, 'unitId'>, phase: string): PhaseRef {
  return { unitId, pass: 'copy', run: COPY_RUN, phase, digestVersion: DIGEST_VERSION };
}

/** Throws StoreUnavailable if the store computes digests of another version than this code: sums of both could never be equal. */
export async function assertSameDigests(on: Pool | Transaction): Promise<void> {
  const [row] = await ask<{ version: number }>(on, 'SELECT digest_version() AS version');
  if (row?.version === DIGEST_VERSION) return;
  throw new CarryoverError(
    'StoreUnavailable',
    `The store computes digests of version ${row?.version}, this worker of version ${DIGEST_VERSION}: run workers and SQL migrations of the same release.`,
  );
}
