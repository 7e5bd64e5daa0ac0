import { AsyncLocalStorage } from 'node:async_hooks';
import type { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { callsWithin } from '../../../gateways/temporal/calls-within.js';

test('the storage of deadlines is disabled whenever no call is under way, and enabled by the next', async () => {
  const storage = new AsyncLocalStorage<unknown>();
  const disabled: unknown[] = [];
  const disable = storage.disable.bind(storage);
  storage.disable = () => void disabled.push(disable());
  const connection = {
    callContextStorage: storage,
    withDeadline: (deadline: number, call: () => Promise<unknown>) => storage.run({ deadline }, call),
  } as unknown as Connection;
  const within = callsWithin(connection);
  const held: (() => void)[] = [];
  const call = () =>
    within(1_000, async () => {
      await new Promise<void>((resolve) => held.push(resolve));
      return storage.getStore();
    });

  const both = [call(), call()];
  held[0]?.();
  expect(await both[0]).toEqual({ deadline: expect.any(Number) });
  expect(disabled).toHaveLength(0);
  held[1]?.();
  expect(await both[1]).toEqual({ deadline: expect.any(Number) });
  expect(disabled).toHaveLength(1);

  const third = call();
  held[2]?.();
  expect(await third).toEqual({ deadline: expect.any(Number) });
  const failed = within(1_000, () => Promise.reject(new Error('refused')));
  await expect(failed).rejects.toThrow('refused');
  expect(disabled).toHaveLength(3);
});
