import { expect, test } from 'vitest';
import { boundedConversations } from '../../../api/conversations/operations/bounded-conversations.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** Answers when it is told to. */
function slowClient() {
  const open: { accountId: string; answer: () => void }[] = [];
  const client: ConversationsClient = {
    getAccount: (accountId) =>
      new Promise((resolve) => {
        open.push({
          accountId,
          answer: () => resolve({ account_id: accountId, name: accountId, status: 'active' }),
        });
      }),
    getMigrationPayload: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  return { open, client };
}

test('calls are bounded, and concurrent requests for an account share one', async () => {
  const { open, client } = slowClient();
  const clock = new VirtualClock();
  const bounded = boundedConversations(client, clock);
  const asked = Array.from({ length: 100 }, (_, n) => bounded.getAccount(`acc_${n % 50}`));
  await expect.poll(() => open.length).toBe(16);
  expect(bounded.isBusy).toBe(true);
  const answers = Promise.all(asked);
  while (open.length > 0) {
    for (const { answer } of open.splice(0)) answer();
    await clock.advance(0);
  }
  expect((await answers).map((account) => account?.account_id)).toEqual(
    Array.from({ length: 100 }, (_, n) => `acc_${n % 50}`),
  );
  expect(bounded.isBusy).toBe(false);
  clock.assertIdle();
});

test('if Conversations does not answer, no caller waits longer than one call may take', async () => {
  const { open, client } = slowClient();
  const clock = new VirtualClock();
  const bounded = boundedConversations(client, clock);
  const asking = Promise.allSettled(Array.from({ length: 40 }, (_, n) => bounded.getAccount(`acc_${n}`)));
  await clock.advance(8_000);
  const asked = await asking;
  expect(asked.map((one) => (one.status === 'rejected' ? one.reason : undefined))).toEqual(
    asked.map(() => expect.objectContaining({ type: 'SourceUnavailable' })),
  );
  // Those that gave up in the queue are not asked for afterwards.
  for (const { answer } of open.splice(0)) answer();
  await expect.poll(() => bounded.isBusy).toBe(false);
  expect(open).toEqual([]);
});
