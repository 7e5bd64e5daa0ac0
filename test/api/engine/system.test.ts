import { beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { TASK_QUEUES } from '../../../domain/engine/ids.js';
import { forThisFile } from '../../support/for-this-file.js';
import { type World, apiWorld, tokenFor } from '../world.js';

let world: World;
let operator: string;
forThisFile(
  () => apiWorld({ version: '1.2.3' }),
  (opened) => (world = opened),
);
beforeAll(async () => {
  operator = await tokenFor('operator');
});

test('the system names the API, the store, and a queue of each sort for everything that workers do', async () => {
  const answer = await world.call('GET', '/v2/system', { token: operator });
  const system = answer.json();
  expect(system).toMatchObject({
    api: { version: '1.2.3', started_at: expect.any(String) },
    unreachable: [],
    store: { migrations_pending: 0, replicas: [] },
  });
  expect(system.store.version).toMatch(/^\d+/);
  expect(system.store.connections).toBeGreaterThan(0);
  expect(system.store.size_bytes).toBeGreaterThan(1_000_000);
  const names = system.queues.map(({ queue, kind }: { queue: string; kind: string }) => `${queue} ${kind}`);
  expect(names).toEqual(
    Object.values(TASK_QUEUES).flatMap((queue) => [`${queue} workflow`, `${queue} activity`]),
  );
  expect(
    system.queues.every(({ backlog }: { backlog: number | null }) => backlog === null || backlog >= 0),
  ).toBe(true);
});

test('while Temporal and the store are down the rest is answered, and the missing systems are named', async () => {
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'nowhere' };
  const temporal = openTemporal({ environment });
  const store = openStore('postgresql://nobody:x@127.0.0.1:1/nowhere');
  const app = await buildApp({ ...world.apiOptions, temporal, store });
  const answer = await app.inject({ url: '/v2/system', headers: { authorization: `Bearer ${operator}` } });
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    {
      unreachable: ['store', 'temporal'],
      store: null,
      workers: [],
      queues: [],
      schedules: [],
      deployments: [],
    },
  ]);
  await app.close();
  await Promise.all([temporal.close(), store.close()]);
});

test('only operators read it', async () => {
  expect((await world.call('GET', '/v2/system', { token: await tokenFor('service') })).statusCode).toBe(403);
});
