import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed, runProgram } from '../support/program.js';
import { stackEnv, testDatabase } from '../support/servers.js';

describe('npm run worker', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'carryover-worker-'));
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const worker = (more: Record<string, string> = {}) =>
    runProgram('worker', {
      ...stackEnv(),
      DATABASE_URL: database.url,
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
});
