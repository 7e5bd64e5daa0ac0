import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePassable } from '../../dev/servers/data-folder.js';

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
    expect((await running).exitCode).toBe(0);
  }, 180_000);
});
