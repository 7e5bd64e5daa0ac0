import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { runningDemo } from '../../cli/demo.js';
import { runCarryover } from '../../cli/engine/program.js';
import { type Change, withChanges } from '../../dev/sample/arrivals/changes.js';
import { ArrivalsJournal } from '../../dev/sample/arrivals/journal.js';
import { generateAccount } from '../../dev/sample/generator/account.js';
import { readWorldState } from '../../dev/sample/world-state.js';
import { systemClock } from '../../gateways/clock.js';
import { untilHolds } from '../support/until.js';
import { npmStart } from './npm-start.js';
import { expectStoreToHold } from './plain-reading.js';

describe('npm start', () => {
  const { start, newestWorker, folder } = npmStart({ threads: 80, messages: 1_500 });
  let demo: ReturnType<typeof start>;

  /** What has arrived at the source; none before the world is seeded. */
  const arrived = (): readonly Change[] => new ArrivalsJournal(join(folder(), 'sample'), 'acc_1').changes;
  const until = (what: string, condition: () => boolean | Promise<boolean>) =>
    untilHolds(condition, { what, everyMs: 100 });
  const withStore = async (work: (store: pg.Client) => Promise<void>): Promise<void> => {
    const store = new pg.Client({ connectionString: /postgresql:\/\/\S+/.exec(demo.printed())?.[0] });
    await store.connect();
    try {
      await work(store);
    } finally {
      await store.end();
    }
  };

  it('shows a message that arrives after the import, and imports it', async () => {
    demo = start('--pace', '1');
    await demo.until('All messages of acc_1 are migrated; waiting for');
    const before = arrived().length;
    const sent = () =>
      arrived()
        .slice(before)
        .filter(({ kind }) => kind === 'message' || kind === 'thread')
        .flatMap(({ writes }) => writes)
        .flatMap((write) => ('put' in write ? (write.put['message_id'] ?? []) : []));
    await until('a message has come', () => sent().length > 0);
    await withStore((store) =>
      until('the store has it', async () => {
        const { rows } = await store.query('SELECT FROM messages WHERE source_id = $1', [sent()[0]]);
        return rows.length === 1;
      }),
    );
    await demo.until(/^Follow(ing|ed) by stream: [1-9]\d* added, /m);
  });

  it('brings everything up, migrates and verifies the sample account, and stays up', async () => {
    await demo.until('Ctrl-C stops everything');
    expect(demo.printed()).toContain('4 of 4 numbers ported');
    expect(demo.printed()).toMatch(
      /^export API=[^]*^export APP_TOKEN=[^]*^Clocktower Salon: [^]*Migrated and verified/m,
    );
    expect(demo.printed()).toMatch(/^ {2}1,\d{3} message records compared once more .*: all equal$/m);
  });

  it('equals the source in the end, with all added, changed and removed records', async () => {
    const { now, attachmentsBaseUrl, size } = readWorldState(join(folder(), 'sample'))!;
    const account = generateAccount({ ...size, now: new Date(now), attachmentsBaseUrl, seed: 1 });
    await withStore((store) => expectStoreToHold(store, withChanges(account, arrived())));
  });

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
    const { status, out } = await doctorOf(folder());
    expect(out.filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(out.filter(({ state }) => state === 'ok').map(({ check }) => check)).toEqual(
      expect.arrayContaining(['configuration', 'api', 'temporal', 'store', 'dynamodb', 'carrier']),
    );
    expect(status).toBe(0);
    demo.running.kill('SIGINT');
    const { exitCode, all } = await demo.running;
    expect(exitCode).toBe(0);
    expect(all).toContain('Stopping everything');
    expect(runningDemo(folder())).toBeUndefined();
  });

  it('finds everything done the next time, and with --once ends with 0', async () => {
    const again = await start('--once').running;
    expect(again.all).toContain('Migrated and verified');
    expect(again.all).toContain('compared once more after the last port: all equal');
    expect(again.exitCode).toBe(0);
  });
});

/** `carryover doctor` without a variable, beside the demo of the folder. */
async function doctorOf(demoFolder: string) {
  let text = '';
  const status = await runCarryover(['doctor', '--json', '--timeout', '60'], {
    out: { write: (more) => void (text += more) },
    error: { write: () => undefined },
    environment: {},
    demoFolder,
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { status, out: JSON.parse(text) as { readonly check: string; readonly state: string }[] };
}
