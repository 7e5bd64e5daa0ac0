import { expect, it, vi } from 'vitest';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { stackEnv } from '../../support/servers.js';

it('Temporal counts as reachable only if it has the namespace', async () => {
  const answers = await Promise.allSettled(
    [stackEnv(), { ...stackEnv(), TEMPORAL_NAMESPACE: 'nobodys' }].map(async (environment) => {
      const temporal = openTemporal({ environment });
      try {
        await temporal.ping(10_000);
      } finally {
        await temporal.close();
      }
    }),
  );
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

it('Between calls, the process runs no hooks for its promises', async () => {
  // Node marks each promise while somebody hooks into them.
  const isHooked = () => Object.getOwnPropertySymbols(Promise.resolve()).length > 0;
  expect(isHooked()).toBe(false);
  const temporal = openTemporal({ environment: stackEnv() });
  const pings = [temporal.ping(10_000), temporal.ping(10_000)];
  expect(isHooked()).toBe(Number(process.versions.node.split('.')[0]) < 24);
  await Promise.all(pings);
  await vi.waitUntil(() => !isHooked());
  await temporal.close();
});
