import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import { readTemporalConfig } from '../../dev/servers/temporal-config.js';
import { startTemporal } from '../../dev/servers/temporal.js';
import { startFaultProxy } from '../e2e/fault-proxy.js';
import { printed, runProgram } from '../support/program.js';
import type { SourceTables } from '../../gateways/dynamodb/client.js';
import { newSourceTables } from '../activities/conversations/import/source-tables.js';
import { emptyDatabase } from '../gateways/store/fresh-store.js';
import { dynamodbEndpoint, stackEnv, testDatabase } from '../support/servers.js';

describe('npm run worker', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let tables: SourceTables;
  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'carryover-worker-'));
    tables = await newSourceTables();
  });
  afterAll(async () => {
    tables.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const worker = (more: Record<string, string> = {}) =>
    runProgram('worker', {
      ...stackEnv(),
      DATABASE_URL: database.url,
      DYNAMODB_ENDPOINT: dynamodbEndpoint(),
      CONVERSATIONS_THREADS_TABLE: tables.threads,
      CONVERSATIONS_MESSAGES_TABLE: tables.messages,
      CONVERSATIONS_API_URL: 'http://127.0.0.1:1',
      CONVERSATIONS_API_TOKEN: 'token',
      CARRIER_API_URL: 'http://127.0.0.1:1',
      CARRIER_API_TOKEN: 'token',
      PUBLIC_URL: 'http://127.0.0.1:1',
      ATTACHMENTS_URL: pathToFileURL(folder).href,
      ATTACHMENT_HOSTS: '127.0.0.1:1',
      ...more,
    });

  it('serves its queues, and ends with 0 soon after SIGTERM', async () => {
    const serving = worker();
    await printed(serving, /the worker is ready/);
    serving.child.kill('SIGTERM');
    expect(await serving.status).toBe(0);
  }, 30_000);

  it('waits for a Temporal that is away, says so, and ends with 0 soon after SIGTERM', async () => {
    const waiting = worker({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await printed(waiting, /Temporal does not answer yet/);
    waiting.child.kill('SIGTERM');
    expect([await waiting.status, waiting.err()]).toEqual([0, '']);
  }, 30_000);

  it('ends with 78 and says why when a variable is missing or wrong', async () => {
    const wrong = worker({ DATABASE_URL: '', PORTING_POLL_SECONDS: 'often' });
    expect(await wrong.status).toBe(78);
    expect(wrong.err()).toContain('DATABASE_URL');
    expect(wrong.err()).toContain('PORTING_POLL_SECONDS');
    expect(wrong.out()).toBe('');
  });

  it('ends with 78 and one sentence when another process has its METRICS_PORT', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const wrong = worker({ METRICS_PORT: String(port) });
    expect(await wrong.status).toBe(78);
    expect(wrong.err()).toMatch(
      new RegExp(`^METRICS_PORT ${port} is taken: .*127\\.0\\.0\\.1:${port}.*another value\\.\\n$`),
    );
    server.close();
  });

  it('ends with 78 and says so when Temporal is there and has no such namespace', async () => {
    const lost = worker({ TEMPORAL_NAMESPACE: 'nobodys' });
    expect(await lost.status).toBe(78);
    expect(lost.err()).toContain('TEMPORAL_NAMESPACE is wrong: Temporal has no namespace nobodys.');
  }, 30_000);

  const readiness = async (url: string) => {
    const answer = await fetch(`${url}/readyz`);
    const body = (await answer.json()) as { checks: Record<string, string>; details: string[] };
    return { ...body, status: answer.status };
  };
  const statusUrl = async (program: ReturnType<typeof worker>) =>
    (await printed(program, /"url":"(http:[^"]+)"/))[1] ?? '';

  it('shows its readiness and its metrics from its first moment on', async () => {
    const waiting = worker({ TEMPORAL_ADDRESS: '127.0.0.1:1', METRICS_PORT: '0' });
    const early = await statusUrl(waiting);
    await printed(waiting, /Temporal does not answer yet/);
    expect(await readiness(early)).toMatchObject({
      status: 503,
      checks: {
        store: 'usable',
        tables: 'usable',
        attachments: 'usable',
        temporal: 'unusable',
        queues: 'not polled',
      },
      details: [expect.stringContaining('Temporal at 127.0.0.1:1 does not answer')],
    });
    waiting.child.kill('SIGTERM');

    const serving = worker({ METRICS_PORT: '0' });
    const url = await statusUrl(serving);
    await printed(serving, /the worker is ready/);
    expect(await readiness(url)).toMatchObject({ status: 200, checks: { queues: 'polled' }, details: [] });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('carryover_temporal_up 1');
    expect(metrics).toContain('temporal_worker_task_slots_available');
    serving.child.kill('SIGTERM');
    expect([await waiting.status, await serving.status]).toEqual([0, 0]);
  }, 60_000);

  it('works without its tables, for ports and dumps, and is ready once they answer', async () => {
    const proxy = await startFaultProxy();
    proxy.fault = () => 'cut';
    const serving = worker({ DYNAMODB_ENDPOINT: proxy.url, METRICS_PORT: '0' });
    const url = await statusUrl(serving);
    await printed(serving, /the worker is ready/);
    expect(await readiness(url)).toMatchObject({
      status: 503,
      checks: { tables: 'unusable', queues: 'polled' },
      details: [expect.stringContaining('Check DYNAMODB_ENDPOINT')],
    });
    proxy.target = dynamodbEndpoint();
    proxy.fault = () => undefined;
    await expect.poll(async () => (await readiness(url)).status, { timeout: 30_000 }).toBe(200);
    serving.child.kill('SIGTERM');
    expect(await serving.status).toBe(0);
    await proxy.stop();
  }, 60_000);

  it('ends with 78 and says what is missing, where and what to do, before it takes any task', async () => {
    const empty = await emptyDatabase();
    const wrong = worker({
      DATABASE_URL: empty.url,
      CONVERSATIONS_MESSAGES_TABLE: 'nobodys_messages',
      ATTACHMENTS_URL: 'file:///dev/null/attachments',
    });
    expect(await wrong.status).toBe(78);
    for (const words of [
      "does not have Carryover's schema. Run: carryover db migrate",
      'nobodys_messages. Check CONVERSATIONS_MESSAGES_TABLE',
      '/dev/null/attachments cannot be written (ENOTDIR). Check ATTACHMENTS_URL',
    ])
      expect(wrong.err()).toContain(words);
    await empty.drop();
  }, 60_000);

  it('is not ready while its Temporal is frozen, says so once, and is ready again when it goes on', async () => {
    const path = await mkdtemp(join(tmpdir(), 'carryover-frozen-'));
    const data = await openDataFolder(path);
    const server = await startTemporal({
      folder: data,
      config: readTemporalConfig(),
      inMemory: true,
      log: () => undefined,
    });
    try {
      const serving = worker({ TEMPORAL_ADDRESS: server.address, METRICS_PORT: '0' });
      const url = await statusUrl(serving);
      await printed(serving, /the worker is ready/);
      process.kill(server.pid, 'SIGSTOP');
      await printed(serving, /does not answer within/);
      expect(await readiness(url)).toMatchObject({
        status: 503,
        checks: { temporal: 'unusable', queues: 'polled' },
      });
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('carryover_temporal_up 0');
      process.kill(server.pid, 'SIGCONT');
      await printed(serving, /Temporal can be used again/);
      expect(await readiness(url)).toMatchObject({ status: 200, details: [] });
      expect(serving.out().match(/does not answer within/g)).toHaveLength(1);
      serving.child.kill('SIGTERM');
      expect(await serving.status).toBe(0);
    } finally {
      process.kill(server.pid, 'SIGCONT');
      await server.stop();
      await data.release();
      await rm(path, { recursive: true });
    }
  }, 180_000);
});
