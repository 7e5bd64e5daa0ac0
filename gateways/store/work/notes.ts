import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';
import type { PhaseRef } from './phase-ref.js';

/** Notes of workers on phases that they work on, for operators. */
export type PhaseNote = 'held_back' | 'throttled';

/** A note expires because a worker that died cannot clear it. */
export const NOTE_EXPIRES_SECONDS = 30;

/**
 * Writes a note on each of these phases, or clears it with null. Skips rows that another transaction holds: workers repeat their notes within seconds.
 */
export async function writeNote(
  pool: Pool,
  phases: readonly PhaseRef[],
  name: PhaseNote,
  note: object | null,
): Promise<void> {
  await ask(
    pool,
    `WITH mine AS (
       SELECT unit_id, pass, run, phase FROM carryover.phases p
       JOIN unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[]) AS w (unit_id, pass, run, phase)
         USING (unit_id, pass, run, phase)
       WHERE p.completed_at IS NULL FOR NO KEY UPDATE OF p SKIP LOCKED)
     UPDATE carryover.phases p SET ${name} = $5::jsonb || jsonb_build_object('at', now())
     FROM mine WHERE (p.unit_id, p.pass, p.run, p.phase) = (mine.unit_id, mine.pass, mine.run, mine.phase)`,
    [
      phases.map(({ unitId }) => unitId),
      phases.map(({ pass }) => pass),
      phases.map(({ run }) => run),
      phases.map(({ phase }) => phase),
      note && JSON.stringify(note),
    ],
  );
}
