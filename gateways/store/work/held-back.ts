import type { PhaseRef } from './phase-ref.js';
import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

export type HoldReason = 'commit-latency' | 'replica-lag';

/** Why an import writes less than it could, and how much. */
export interface HeldBack {
  readonly reason: HoldReason;
  /** ISO time at which it began. */
  readonly since: string;
  /** Milliseconds of a commit, or seconds that a replica is behind. */
  readonly measured: number;
  /** In the same unit. */
  readonly budget: number;
  /** Part of what could be written that is, 0 to 1. */
  readonly share: number;
}

/** A worker that died cannot take back what it said. */
export const HELD_BACK_EXPIRES_SECONDS = 30;

/**
 * Says of these phases that they are held back, or with null that they are not any more. A row that somebody else is writing is left
 * out: it is said again within seconds.
 */
export async function writeHeldBack(
  pool: Pool,
  phases: readonly PhaseRef[],
  heldBack: HeldBack | null,
): Promise<void> {
  await ask(
    pool,
    `WITH mine AS (
       SELECT unit_id, pass, run, phase FROM carryover.phases p
       JOIN unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[]) AS w (unit_id, pass, run, phase)
         USING (unit_id, pass, run, phase)
       WHERE p.completed_at IS NULL FOR NO KEY UPDATE OF p SKIP LOCKED)
     UPDATE carryover.phases p SET held_back = $5::jsonb || jsonb_build_object('at', now())
     FROM mine WHERE (p.unit_id, p.pass, p.run, p.phase) = (mine.unit_id, mine.pass, mine.run, mine.phase)`,
    [
      phases.map(({ unitId }) => unitId),
      phases.map(({ pass }) => pass),
      phases.map(({ run }) => run),
      phases.map(({ phase }) => phase),
      heldBack && JSON.stringify(heldBack),
    ],
  );
}
