import { expect, it } from 'vitest';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { stackEnv } from '../../support/servers.js';

it('Temporal is reached only where it has our namespace: nothing could be delivered elsewhere', async () => {
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
