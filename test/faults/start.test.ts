import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../gateways/clock.js';
import { npmStart } from '../e2e/npm-start.js';

/** From here on a death is no reason to end everything. */
const OLD_ENOUGH_MILLISECONDS = 5_000;

describe('npm start', () => {
  const { start, newestWorker } = npmStart({ threads: 1_000, messages: 20_000 });

  it('continues after a kill -9 in the middle of the migration, and exits with 0, all migrated and verified', async () => {
    const killed = start('--once');
    await killed.until(/remaining: [1-9]/);
    killed.running.kill('SIGKILL');
    await killed.running;

    const second = await start('--once').running;
    expect(second.all).toContain('Migrated and verified');
    expect(second.all).toContain('4 of 4 numbers ported');
    expect(second.all).toContain('compared once more after the last port: all equal');
    expect(second.exitCode).toBe(0);
  });

  it('starts a worker again that was killed, and ends with 1 when it dies at once', async () => {
    const demo = start();
    await demo.until('Ctrl-C stops everything');
    // What counts is the age of the process: nothing else shows that it is old enough.
    await systemClock.sleep(OLD_ENOUGH_MILLISECONDS);
    const first = await newestWorker();
    process.kill(first, 'SIGKILL');
    await demo.until('the worker has ended by SIGKILL');
    expect(demo.printed()).toContain('It is restarted');

    const second = await vi.waitUntil(async () => {
      const worker = await newestWorker();
      return worker === first ? undefined : worker;
    });
    process.kill(second, 'SIGKILL');
    expect((await demo.running).exitCode).toBe(1);
  });
});
