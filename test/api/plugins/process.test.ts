import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { type Program, printed, runProgram } from '../../support/program.js';
import { stackEnv, testDatabase } from '../../support/servers.js';
import { SECRET, WEBHOOK_SECRET, tokenFor } from '../world.js';

const environment = (more: Record<string, string> = {}) => ({
  ...stackEnv(),
  CONVERSATIONS_API_URL: 'http://127.0.0.1:1',
  CONVERSATIONS_API_TOKEN: 'token',
  CARRIER_WEBHOOK_SECRET: WEBHOOK_SECRET,
  AUTH_JWT_SECRET: SECRET,
  PORT: '0',
  ...more,
});

const runApi = (env: Record<string, string>) => runProgram('api', env);

const addressOf = async (api: Program): Promise<string> =>
  (await printed(api, /^The API is listening at (\S+)$/m))[1] ?? '';

test('the process prints its address, answers, and exits with 0 on SIGTERM, open streams included', async () => {
  const database = await testDatabase();
  const api = runApi(environment({ DATABASE_URL: database.url }));
  const url = await addressOf(api);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const headers = { authorization: `Bearer ${await tokenFor('operator')}` };
  expect((await fetch(`${url}/v2/migrations`, { headers })).status).toBe(200);
  api.child.kill('SIGTERM');
  expect(await api.status).toBe(0);
  expect(api.out()).not.toContain(headers.authorization);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  await database.drop();
});

test('a connection that has sent nothing is closed at SIGTERM and does not hold up the end', async () => {
  const database = await testDatabase();
  const api = runApi(environment({ DATABASE_URL: database.url }));
  const { hostname, port } = new URL(await addressOf(api));
  const unused = connect({ host: hostname, port: Number(port) });
  const closed = once(unused, 'close');
  await once(unused, 'connect');
  await fetch(`http://${hostname}:${port}/healthz`).then((answer) => answer.text());
  api.child.kill('SIGTERM');
  await closed;
  expect(await api.status).toBe(0);
  await database.drop();
});

test('it starts while PostgreSQL and Temporal are unreachable, and says so', async () => {
  const away = { DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/nowhere', TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const api = runApi(environment(away));
  const url = await addressOf(api);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ checks: { store: 'unreachable', temporal: 'unreachable' } });
  const headers = { authorization: `Bearer ${await tokenFor('service')}` };
  for (const path of ['accounts/acc_1', 'check-migration-status?account_id=acc_1']) {
    const answer = await fetch(`${url}/v2/${path}`, { headers });
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
  }
  api.child.kill('SIGTERM');
  expect(await api.status).toBe(0);
});

test.each([
  [
    'several variables are missing or wrong',
    {
      DATABASE_URL: '',
      CARRIER_WEBHOOK_SECRET: 'secret',
      AUTH_JWT_SECRET: 'short',
      TRUSTED_PROXIES: 'everybody',
      PORT: 'many',
    },
  ],
  ['there is no secret for tokens', { AUTH_JWT_SECRET: '' }],
  ['HOST is not an address of this machine', { HOST: '192.0.2.1' }],
])('it ends with 78 and names each variable when %s', async (_, wrong: Record<string, string>) => {
  const api = runApi(environment(wrong));
  expect(await api.status).toBe(78);
  for (const name of Object.keys(wrong)) expect(api.err()).toContain(name);
  expect(api.out()).toBe('');
});

test('a port that is taken ends it with 78 and one sentence', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await vi.waitUntil(() => server.listening);
  const api = runApi(environment({ PORT: String((server.address() as AddressInfo).port) }));
  expect(await api.status).toBe(78);
  expect(api.err()).toMatch(/^PORT \d+ is taken: .* give PORT another value\.\n$/);
  server.close();
});

test('the start leaves V8 room for the objects of requests', async () => {
  const database = await testDatabase();
  const probe = new URL('../../support/hidden-classes.mjs', import.meta.url).href;
  const api = runApi(environment({ DATABASE_URL: database.url, NODE_OPTIONS: `--import ${probe}` }));
  const url = await addressOf(api);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  api.child.kill('SIGUSR2');
  expect(Number((await printed(api, /room for (\d+) more/))[1])).toBeGreaterThan(100);
  await database.drop();
});
