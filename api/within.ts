import type { Clock, Stop } from '../domain/engine/clock.js';

/** What `work` answers, or `late` when that takes longer than `ms`; the work itself goes on. */
export async function within<Answer, Late>(
  clock: Clock,
  ms: number,
  work: Promise<Answer>,
  late: Late,
): Promise<Answer | Late> {
  let stop: Stop | undefined;
  const over = new Promise<Late>((resolve) => {
    stop = clock.after(ms, () => resolve(late), { ref: false });
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    stop?.();
  }
}
