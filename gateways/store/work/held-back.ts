import type { PhaseRef } from './phase-ref.js';
import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

export type HoldReason = 'commit-latency' | 'replica-lag';

/** Why and how much an import is held back. */
export interface HeldBack {
  readonly reason: HoldReason;
  /** When it began, ISO 8601. */
  readonly since: string;
  /** Milliseconds of a commit, or seconds of replica lag. */
  readonly measured: number;
  /** In the same unit as `measured`. */
  readonly budget: number;
  /** The share of the possible write rate, 0 to 1. */
  readonly share: number;
}

/** Expires because a worker that died cannot clear it. */
export const HELD_BACK_EXPIRES_SECONDS = 30;

/**
 * Records that these phases are held back, or with null that they no longer are. Skips rows that another transaction holds: the report is repeated
 * within seconds.
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
