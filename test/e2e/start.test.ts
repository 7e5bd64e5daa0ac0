import { execa } from 'execa';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { runningDemo } from '../../cli/demo.js';
import { npmStart } from './npm-start.js';

describe('npm start', () => {
  const { start, newestWorker, folder } = npmStart({ threads: 400, messages: 8_000 });
  let demo: ReturnType<typeof start>;

  it('brings everything up, migrates and verifies the sample account, and stays up', async () => {
    demo = start();
    await demo.until('Ctrl-C stops everything');
    expect(demo.printed()).toContain('4 of 4 numbers ported');
    expect(demo.printed()).toMatch(
      /^export API=[^]*^export APP_TOKEN=[^]*^Clocktower Salon: [^]*Migrated and verified/m,
    );
    const databaseUrl = /postgresql:\/\/\S+/.exec(demo.printed())?.[0] ?? '';
    const store = new pg.Client({ connectionString: databaseUrl });
    await store.connect();
    const { rows } = await store.query<{ count: string }>('SELECT count(*) FROM messages');
    await store.end();
    expect(rows[0]?.count).toBe('8000');
  }, 320_000);

  it('refuses a folder that another start uses, and says which process that is', async () => {
    const refused = await start('--once').running;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.all).toContain(`process ${demo.running.pid}`);
  });

  it('prints commands that work when they are pasted', async () => {
    expect(demo.printed()).toContain('\ncarryover watch acc_1\n');
    const exports = demo
      .printed()
      .split('\n')
      .filter((line) => /^(export|alias) /.test(line));
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
  });

  it('is found by the command line while it runs, and exits with 0 at Ctrl-C', async () => {
    const [, worker] = /process (\d+); to see it restart/.exec(demo.printed()) ?? [];
    expect(Number(worker)).toBe(await newestWorker());
    expect(runningDemo(folder())?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    demo.running.kill('SIGINT');
    const { exitCode, all } = await demo.running;
    expect(exitCode).toBe(0);
    expect(all).toContain('Stopping everything');
    expect(runningDemo(folder())).toBeUndefined();
  });

  it('finds everything done the next time, and with --once ends with 0', async () => {
    const again = await start('--once').running;
    expect(again.all).toContain('Migrated and verified');
    expect(again.exitCode).toBe(0);
  });
});
