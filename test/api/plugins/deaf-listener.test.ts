import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { setBrandStatus } from '../../../gateways/store/conversations/status/statuses.js';
import { type DeafPooler, startDeafPooler } from '../../support/proxies/deaf-pooler.js';
import { buildApp } from '../../../api/app.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';

let world: World;
let pooler: DeafPooler;
beforeAll(async () => {
  world = await apiWorld();
  pooler = await startDeafPooler(world.database.url);
});
afterAll(async () => {
  await pooler.close();
  await world.close();
});

test('behind a pooler that drops notifications, statuses are refreshed by polling and readiness says why', async () => {
  await meet(world, 'acc_1');
  const app = await buildApp({ ...world.apiOptions, databaseUrl: pooler.url });
  await app.ready();
  const ready = async () =>
    (await app.inject('/readyz')).json<{ checks: Record<string, string>; details: string[] }>();
  const headers = { authorization: `Bearer ${await tokenFor('service')}` };
  const status = async () =>
    (await app.inject({ url: '/v2/check-migration-status?account_id=acc_1', headers })).json<{
      brands: unknown;
    }>().brands;
  try {
    await vi.waitFor(
      async () => expect((await ready()).details).toEqual([expect.stringContaining('PgBouncer')]),
      {
        timeout: 30_000,
      },
    );
    expect((await ready()).checks).toMatchObject({ store: 'reachable', status_listener: 'down' });

    expect(await status()).toEqual({ br_1: 'pending' });
    await transaction(world.store.control, 'test', (tx) =>
      setBrandStatus(tx, { accountId: 'acc_1', brandId: 'br_1' }, 'migrating'),
    );
    await vi.waitFor(async () => expect(await status()).toEqual({ br_1: 'migrating' }));

    pooler.deaf = false;
    await vi.waitFor(async () => expect((await ready()).checks['status_listener']).toBe('up'));
    expect((await ready()).details).toEqual([]);
  } finally {
    await app.close();
  }
});
