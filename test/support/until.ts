import { vi } from 'vitest';

export interface Wait {
  /** Completes the sentence: waited in vain until … */
  readonly what: string;
  readonly everyMs: number;
  /** For conditions that may take longer than others. */
  readonly giveUpMs?: number | undefined;
}

/** Polls until the condition holds; rethrows its errors at once. */
export async function untilHolds(
  condition: () => boolean | Promise<boolean>,
  { what, everyMs, giveUpMs }: Wait,
): Promise<void> {
  await vi
    .waitUntil(condition, { interval: everyMs, ...(giveUpMs !== undefined && { timeout: giveUpMs }) })
    .catch((error: Error) => {
      throw error.message.startsWith('Timed out') ? new Error(`Waited in vain until ${what}.`) : error;
    });
}
