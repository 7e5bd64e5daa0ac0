import { vi } from 'vitest';

export interface Wait {
  /** As in: waited in vain until … */
  readonly what: string;
  /** Ends a test that would hang; says nothing about how long it may take. */
  readonly giveUpMs: number;
  readonly everyMs: number;
}

/** Polls until the condition holds; what it throws is thrown at once. */
export async function untilHolds(
  condition: () => boolean | Promise<boolean>,
  { what, giveUpMs, everyMs }: Wait,
): Promise<void> {
  await vi.waitUntil(condition, { timeout: giveUpMs, interval: everyMs }).catch((error: Error) => {
    throw error.message.startsWith('Timed out') ? new Error(`Waited in vain until ${what}.`) : error;
  });
}
