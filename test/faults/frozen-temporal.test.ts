import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';
import { startTemporal } from '../../dev/servers/temporal/temporal.js';
import { openTemporal } from '../../gateways/temporal/client.js';
import { explained } from '../api/explained.js';
import { checksOf, isUp, loggingWorld } from '../api/health-checks.js';
import { meet, tokenFor } from '../api/world.js';
import { readiness, statusUrl, workerPrograms } from '../cli/worker/programs.js';
import { printed } from '../support/program.js';

/** A Temporal server of the test's own, so that nobody else notices when it is frozen. */
async function temporalToFreeze() {
  const path = await mkdtemp(join(tmpdir(), 'carryover-frozen-'));
  const folder = await openDataFolder(path);
  const server = await startTemporal({
    folder,
    config: readTemporalConfig(),
    inMemory: true,
    log: () => undefined,
  });
  const goOn = () => process.kill(server.pid, 'SIGCONT');
  onTestFinished(async () => {
    goOn();
    await server.stop();
    await folder.release();
    await rm(path, { recursive: true });
  });
  return { address: server.address, freeze: () => process.kill(server.pid, 'SIGSTOP'), goOn };
}

describe('npm run worker', () => {
  const worker = workerPrograms();

  it('is not ready while its Temporal is frozen, logs it once, and is ready again when Temporal resumes', async () => {
    const { address, freeze, goOn } = await temporalToFreeze();
    const serving = worker({ TEMPORAL_ADDRESS: address, METRICS_PORT: '0' });
    const url = await statusUrl(serving);
    await printed(serving, /the worker is ready/);
    freeze();
    await printed(serving, /does not answer within/);
    expect(await readiness(url)).toMatchObject({
      status: 503,
      checks: { temporal: 'unusable', queues: 'polled' },
    });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('carryover_temporal_up 0');
    goOn();
    await printed(serving, /Temporal is usable again/);
    expect(await readiness(url)).toMatchObject({ status: 200, details: [] });
    expect(serving.out().match(/does not answer within/g)).toHaveLength(1);
    serving.child.kill('SIGTERM');
    expect(await serving.status).toBe(0);
  });
});

describe('the API', () => {
  it('counts a frozen Temporal with open connections as down: readiness, metrics and one log line say so until it goes on', async () => {
    const { address, freeze, goOn } = await temporalToFreeze();
    const temporal = openTemporal({ environment: { TEMPORAL_ADDRESS: address } });
    const { world, saying } = await loggingWorld({ temporal });
    try {
      expect(await checksOf(world)).toMatchObject({ status: 200, temporal: 'reachable', details: [] });
      expect(await isUp(world)).toBe('1');
      await meet(world, 'acc_1');
      freeze();
      const body = { account_id: 'acc_1' };
      await world.call('POST', '/v2/start-migration', { token: await tokenFor('service'), body });
      await vi.waitFor(async () => expect(await isUp(world)).toBe('0'), { interval: 200 });
      const operator = await tokenFor('operator');
      await expect
        .poll(async () => (await explained(world, operator, 'acc_1')).sentence)
        .toMatch(
          /^Temporal does not answer, so the request to start account acc_1, made at .* has not reached it\.$/,
        );
      // A check that begins while Temporal is asked once more says only that there is no answer yet.
      await expect
        .poll(() => checksOf(world))
        .toMatchObject({
          status: 200,
          temporal: 'unreachable',
          details: [expect.stringContaining(`Temporal at ${address} does not answer within`)],
        });
      goOn();
      await vi.waitFor(async () => expect(await isUp(world)).toBe('1'), { interval: 200 });
      expect(await checksOf(world)).toMatchObject({ temporal: 'reachable', details: [] });
      expect(saying(/does not answer/)).toBe(1);
    } finally {
      goOn();
      await world.close();
      await temporal.close();
    }
  });
});
