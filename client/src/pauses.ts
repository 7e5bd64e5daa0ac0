/** How long pauses between attempts are. */
export interface Pauses {
  /** The first pause, in milliseconds. */
  readonly firstMs: number;
  /** No pause is longer. */
  readonly mostMs: number;
}

/**
 * The pause before the next attempt: it doubles with each one, up to the longest. A random part of up to half of it is left out, so that many apps do
 * not come back at the same moment.
 * @param attempts that were made before, 0 or more
 * @param random from 0 to 1
 */
export function pauseMs({ firstMs, mostMs }: Pauses, attempts: number, random: number): number {
  return Math.min(mostMs, firstMs * 2 ** attempts) * (1 - random / 2);
}
