import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { resolve } from 'node:path';
import { buildId, codeVersion } from '../../../cli/code-version.js';
import { startFaultProxy } from '../../../dev/faults/fault-proxy.js';
import { emptyDatabase } from '../../gateways/store/fresh-store.js';
import { printed } from '../../support/program.js';
import { dynamodbEndpoint } from '../../support/servers.js';
import { readiness, statusUrl, workerPrograms } from './programs.js';

const DIST = resolve(import.meta.dirname, '../../../dist');
const VERSION = resolve(DIST, 'code-version.json');
const BUNDLE = resolve(DIST, 'workflow-bundle.js');

describe('npm run worker', () => {
  const worker = workerPrograms();

  it('ends with 78 and says why when a variable is missing or wrong', async () => {
    const wrong = worker({
      ...{ DATABASE_URL: '', PORTING_POLL_SECONDS: 'often' },
      CARRYOVER_WEBHOOK_URL: 'http://127.0.0.1:1',
    });
    expect(await wrong.status).toBe(78);
    expect(wrong.err()).toContain('DATABASE_URL');
    expect(wrong.err()).toContain('PORTING_POLL_SECONDS');
    expect(wrong.err()).toContain('CARRYOVER_WEBHOOK_SECRETS is missing');
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
    expect(lost.err()).toContain('Temporal has no namespace nobodys. Correct TEMPORAL_NAMESPACE');
  });

  it('serves readiness and metrics from its start, and exits with 0 soon after SIGTERM, whether Temporal is reachable or not', async () => {
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

    const serving = worker({
      METRICS_PORT: '0',
      WORKER_QUEUES: 'calls,workflows',
      WORKER_DEPLOYMENT: 'carryover-process',
      CARRYOVER_WEBHOOK_URL: 'http://127.0.0.1:1',
      CARRYOVER_WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    });
    const url = await statusUrl(serving);
    await printed(serving, /"queues":\["carryover-workflows","carryover-calls"\].*the worker is ready/);
    expect(await readiness(url)).toMatchObject({
      status: 200,
      checks: { queues: 'polled' },
      queues: ['workflows', 'calls'],
      details: [],
    });
    const readMetrics = async () => (await fetch(`${url}/metrics`)).text();
    await expect.poll(readMetrics).toContain('carryover_alerts_undelivered{destination="webhook"} 0');
    const metrics = await readMetrics();
    expect(metrics).toContain('carryover_temporal_up 1');
    expect(metrics).toContain('temporal_worker_task_slots_available');
    expect(metrics.match(/^carryover_worker_polling.*$/gm)).toEqual([
      'carryover_worker_polling{queue="workflows"} 1',
      'carryover_worker_polling{queue="calls"} 1',
    ]);
    expect(metrics).toContain(`build_id="${buildId(codeVersion(VERSION), BUNDLE)}"`);
    serving.child.kill('SIGTERM');
    expect([await waiting.status, waiting.err(), await serving.status]).toEqual([0, '', 0]);
  });

  it('works without its tables, for ports and dumps, and becomes ready once they answer', async () => {
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
    await expect.poll(async () => (await readiness(url)).status).toBe(200);
    serving.child.kill('SIGTERM');
    expect(await serving.status).toBe(0);
    await proxy.stop();
  });

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
      'nobodys_messages (ResourceNotFoundException). Check CONVERSATIONS_MESSAGES_TABLE',
      '/dev/null/attachments is not writable (ENOTDIR). Check ATTACHMENTS_URL',
    ])
      expect(wrong.err()).toContain(words);
    await empty.drop();
  });
});
