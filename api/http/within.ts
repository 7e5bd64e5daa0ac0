import type { Clock, Stop } from '../../domain/engine/clock.js';

/** The result of `work`, or `late` if that takes longer than `ms`; the work itself continues. */
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
