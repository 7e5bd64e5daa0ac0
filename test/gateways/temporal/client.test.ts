import { expect, it } from 'vitest';
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
