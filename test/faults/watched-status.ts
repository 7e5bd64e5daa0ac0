import { expect } from 'vitest';
import { systemClock } from '../../gateways/clock.js';
import type { Carryover } from '../e2e/carryover.js';
import type { Status } from '../e2e/more-accounts.js';

const ORDER = ['pending', 'migrating', 'recent-messages-migrated', 'all-messages-migrated'];
const CHANNEL_ORDER = ['pending', 'migrating', 'porting', 'ready'];

export interface StatusWatch {
  /** Ends it, and compares: every poll was answered, and no word ever stepped back or named a failure. */
  expectOnlyForward(): Promise<void>;
}

/** Polls the account's status as the app does, all the while, whatever is away. */
export function watchStatus({ call }: Carryover, accountId: string): StatusWatch {
  const seen: Status[] = [];
  const unanswered: unknown[] = [];
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      const answer = await call('GET', `/v2/check-migration-status?account_id=${accountId}`).catch(
        (error: unknown) => ({ status: String(error), body: undefined }),
      );
      if (answer.status === 200) seen.push(answer.body as Status);
      else unanswered.push(answer);
      // As often as an app that is in a hurry.
      await systemClock.sleep(50);
    }
  })();
  return {
    async expectOnlyForward() {
      stopped.abort();
      await watching;
      expect(unanswered).toEqual([]);
      const brands = Object.keys(seen.at(-1)?.brands ?? {});
      const channels = Object.keys(seen.at(-1)?.channels ?? {});
      expectForward(
        seen.map((status) => status.status),
        ORDER,
      );
      for (const id of brands)
        expectForward(
          seen.flatMap((status) => status.brands[id] ?? []),
          ORDER,
        );
      for (const id of channels)
        expectForward(
          seen.flatMap((status) => status.channels[id] ?? []),
          CHANNEL_ORDER,
        );
    },
  };
}

function expectForward(words: readonly string[], order: readonly string[]): void {
  const changes = words.filter((word, index) => word !== words[index - 1]);
  expect(changes).toEqual(changes.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  expect(changes.filter((word) => !order.includes(word))).toEqual([]);
}
