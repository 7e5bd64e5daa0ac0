import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';
import { startTemporal } from '../../dev/servers/temporal/temporal.js';
import { readiness, statusUrl, workerPrograms } from '../cli/worker-programs.js';
import { printed } from '../support/program.js';

describe('npm run worker', () => {
  const worker = workerPrograms();

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
      await printed(serving, /Temporal is usable again/);
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
