import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runningDemo } from '../../cli/demo.js';
import { makePassable } from '../../dev/servers/data-folder.js';

/** From here on a death is no reason to end everything. */
const OLD_ENOUGH_MILLISECONDS = 5_000;

/** Of the processes that were started in this folder. */
async function newestWorker(folder: string): Promise<number> {
  const { servers } = JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8')) as {
    servers: { name: string; pid: number }[];
  };
  const worker = servers.findLast(({ name }) => name === 'worker');
  if (worker === undefined) throw new Error('no worker was started');
  return worker.pid;
}

const START = resolve(import.meta.dirname, '../../dist/cli/start.js');

describe('npm start -- --once', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carryover-start-'));
    await makePassable(folder);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...options: string[]) =>
    execa(process.execPath, [START, '--data', folder, ...options], {
      reject: false,
      all: true,
      env: { NO_COLOR: '1' },
    });

  it('goes on after a kill -9 in the middle of the migration, and ends with 0, all migrated and verified', async () => {
    const first = start('--once');
    let killed = false;
    first.all.on('data', (chunk: Buffer) => {
      if (!killed && /remaining: [1-9]/.test(chunk.toString())) {
        killed = true;
        first.kill('SIGKILL');
      }
    });
    await first;
    expect(killed).toBe(true);

    const second = await start('--once');
    expect(second.all).toContain('Migrated and verified');
    expect(second.all).toContain('4 of 4 numbers ported');
    expect(second.all).toMatch(
      /^export API=[^]*^export APP_TOKEN=[^]*^Clocktower Salon: [^]*Migrated and verified/m,
    );
    expect(second.exitCode).toBe(0);
  }, 600_000);

  it('finds everything done the next time, and ends with 0 again', async () => {
    const again = await start('--once');
    expect(again.all).toContain('Migrated and verified');
    expect(again.exitCode).toBe(0);
  }, 120_000);

  it('refuses a folder that another start uses, and says which process that is', async () => {
    const running = start();
    const ready = new Promise<string>((found) => {
      running.all.on('data', (chunk: Buffer) => {
        const store = /postgresql:\/\/\S+/.exec(chunk.toString())?.[0];
        if (store !== undefined) found(store);
      });
    });
    const databaseUrl = await ready;
    const refused = await start('--once');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.all).toContain(`process ${running.pid}`);

    const store = new pg.Client({ connectionString: databaseUrl });
    await store.connect();
    const { rows } = await store.query<{ count: string }>('SELECT count(*) FROM messages');
    await store.end();
    expect(rows[0]?.count).toBe('40000');
    running.kill('SIGINT');
    const { exitCode, all } = await running;
    expect(exitCode).toBe(0);
    expect(all).toContain('Ending everything');
  }, 180_000);

  it('prints commands that work when they are pasted, and finds itself gone once it has ended', async () => {
    const running = start();
    let printed = '';
    running.all.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await vi.waitFor(() => expect(printed).toContain('\ncarryover watch acc_1\n'), { timeout: 60_000 });
    const exports = printed.split('\n').filter((line) => /^(export|alias) /.test(line));
    expect(exports.map((line) => /^\w+ \w+/.exec(line)?.[0])).toEqual([
      'export API',
      'export TOKEN',
      'export APP_TOKEN',
      'alias carryover',
      'export CARRYOVER_URL',
    ]);
    const paste = ['shopt -s expand_aliases', ...exports, 'carryover status acc_1 --json'].join('\n');
    const { stdout } = await execa('bash', { input: paste });
    expect(JSON.parse(stdout)).toMatchObject({ account_id: 'acc_1' });

    const [, worker] = /process (\d+); it is started again/.exec(printed) ?? [];
    expect(Number(worker)).toBe(await newestWorker(folder));
    expect(runningDemo(folder)?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    running.kill('SIGINT');
    await running;
    expect(runningDemo(folder)).toBeUndefined();
  }, 180_000);

  it('starts a worker again that was killed, and ends with 1 when it dies at once', async () => {
    const running = start();
    const output = (text: string) =>
      vi.waitFor(() => expect(printed).toContain(text), { timeout: 60_000, interval: 100 });
    let printed = '';
    running.all.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await output('Ctrl-C ends everything');
    await setTimeout(OLD_ENOUGH_MILLISECONDS);

    const first = await newestWorker(folder);
    process.kill(first, 'SIGKILL');
    await output('the worker has ended by SIGKILL');
    expect(printed).toContain('It is started again');

    const second = await vi.waitUntil(async () => {
      const worker = await newestWorker(folder);
      return worker === first ? undefined : worker;
    });
    process.kill(second, 'SIGKILL');
    expect((await running).exitCode).toBe(1);
  }, 120_000);
});
