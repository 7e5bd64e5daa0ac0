import { ApplicationFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { migrationOf } from '../../domain/conversations/migration.js';
import { openTemporal, type TemporalClient } from '../../gateways/temporal/client.js';
import { forThisFile } from '../support/for-this-file.js';
import { stackEnv } from '../support/servers.js';
import { devServerTests, until } from './environment.js';

/** What the activity does, by account. */
const answers = new Map<string, () => Promise<unknown>>();
const preflight = ({ accountId }: { readonly accountId: string }) => answers.get(accountId)?.();

let temporal: TemporalClient;
/** Where no worker is. */
let alone: TemporalClient;
forThisFile(
  async () => {
    const tests = await devServerTests({ preflight });
    const environment = { ...stackEnv(), TEMPORAL_NAMESPACE: tests.namespace };
    temporal = openTemporal({ environment });
    alone = openTemporal({ environment, taskQueue: 'nobody' });
    return {
      close: async () => {
        await Promise.all([temporal.close(), alone.close()]);
        await tests.close();
      },
    };
  },
  () => undefined,
);

function account(answer: () => Promise<unknown>) {
  const accountId = `acc_${randomUUID()}`;
  answers.set(accountId, answer);
  return migrationOf(accountId);
}

test('the answer of a worker is that of the call, and calls at the same time share one', async () => {
  let asked = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const one = account(async () => {
    asked += 1;
    await opened;
    return { found: asked };
  });
  const first = temporal.preflight(one, 60_000);
  await until(() => asked === 1, 'the first has asked');
  // It joins the one that is open, and waits no longer than it was told.
  await expect(temporal.preflight(one, 500)).rejects.toMatchObject({ name: 'NoAnswerYet' });
  expect(asked).toBe(1);
  open();
  expect(await first).toEqual({ found: 1 });
  expect(await temporal.preflight(one, 60_000)).toEqual({ found: 2 });
});

test('a failure is the one that the worker met', async () => {
  const unknown = account(() =>
    Promise.reject(
      ApplicationFailure.create({ type: 'AccountUnknown', message: 'There is none.', nonRetryable: true }),
    ),
  );
  await expect(temporal.preflight(unknown, 60_000)).rejects.toMatchObject({
    name: 'CarryoverError',
    type: 'AccountUnknown',
    message: 'There is none.',
  });
});

test('without a worker there is no answer in time; a kind without a preflight has none', async () => {
  await expect(alone.preflight(migrationOf(`acc_${randomUUID()}`), 1_000)).rejects.toMatchObject({
    name: 'NoAnswerYet',
  });
  expect(await temporal.preflight({ kind: 'inbox', subject: '1:2' }, 1_000)).toBeUndefined();
});
