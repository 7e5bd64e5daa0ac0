import { expect } from 'vitest';
import type { Explanation } from '../api/explained.js';
import type { Carryover } from './carryover.js';

/** Waits until the API explains the account with such a sentence; a failure shows the actual sentence. */
export async function expectExplained(
  { call }: Pick<Carryover, 'call'>,
  accountId: string,
  sentence: RegExp,
): Promise<void> {
  const path = `/v2/migrations/${encodeURIComponent(accountId)}/explain`;
  await expect
    .poll(
      async () => {
        const { status, body } = await call('GET', path);
        return status === 200 ? (body as Explanation).sentence : `${status}`;
      },
      { interval: 100 },
    )
    .toMatch(sentence);
}
