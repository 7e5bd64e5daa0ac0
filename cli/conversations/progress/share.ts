import type { PhaseProgress } from './model.js';

/**
 * 0 to 1; null while it is unknown. It reaches 1 only when the phase is done: an estimate may be too low, and what is read is not yet checked.
 */
export function shareOf({
  state,
  done,
  planned,
}: Pick<PhaseProgress, 'state' | 'done' | 'planned'>): number | null {
  if (state === 'done') return 1;
  if (state === 'checking') return MOST;
  if (planned === null) return state === 'waiting' ? 0 : null;
  const end = done < planned.about ? planned.about : planned.high;
  return end === 0 ? 0 : Math.min(done / end, MOST);
}

const MOST = 0.999;
