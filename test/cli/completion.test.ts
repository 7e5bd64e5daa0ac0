import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../dist/processes/carryover.js', import.meta.url));

/** An API that knows these accounts, and after `stuck` answers nothing. */
const ACCOUNTS = ['acc_1', 'acc_2', '1:4', '1:5'];
let stuck = false;
let server: Server;
let folder: string;
let environment: Record<string, string>;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    if (stuck) return;
    const part = new URL(url, 'http://x').searchParams.get('q') ?? '';
    const migrations = ACCOUNTS.filter((each) => each.includes(part)).map((account_id) => ({
      account_id,
      name: 'Lakeside\nDental',
      migration_status: 'migrating',
    }));
    const waves = ['7', '17'].map((id) => ({ id, state: 'running', key: 'march' }));
    response.end(JSON.stringify(url.startsWith('/v2/waves') ? { waves } : { migrations }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'carryover-completion-'));
  await symlink(PROGRAM, join(folder, 'carryover'));
  await mkdir(join(folder, 'carryover.d', 'carryover'), { recursive: true });
  await writeFile(
    join(folder, 'carryover.d', 'carryover', 'config.toml'),
    '[profiles.live]\nurl = "https://carryover.example"\n[profiles.staging]\nurl = "https://staging.example"\n',
    { mode: 0o600 },
  );
  environment = {
    PATH: [folder, join(process.execPath, '..'), process.env['PATH'] ?? ''].join(delimiter),
    XDG_CONFIG_HOME: join(folder, 'carryover.d'),
    CARRYOVER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CARRYOVER_TOKEN: 'none',
  };
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** Splits the words as readline does, calls the function that `complete` has registered, and prints what it offers. */
const PRESS_TAB = `
source <(carryover completion bash)
complete -p carryover | grep -q -- '-F _carryover' || exit 9
COMP_LINE="$1" COMP_POINT=\${#1} COMP_WORDS=() COMP_CWORD=0
compopt() { echo ":\${*}"; }
_carryover
printf '%s\\n' "\${COMPREPLY[@]}"
`;

async function inBash(line: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', PRESS_TAB, 'bash', line], {
    env: environment,
  });
  return stdout.split('\n').filter((each) => each !== '');
}

describe('bash completes', () => {
  it.each([
    ['carryover st', ['status', 'start']],
    ['carryover quarantine ret', ['retry']],
    ['carryover list --st', ['--status']],
    ['carryover list --status recent-messages-f', ['recent-messages-failure']],
    ['carryover status acc_1 --output ', ['table', 'wide', 'json', 'yaml']],
    ['carryover status acc_1 -o y', ['yaml']],
    ['carryover --kind conv', ['conversations']],
    ['carryover completion f', ['fish']],
    ['carryover nothing-like-this x', []],
  ])('%s', async (line, offered) => {
    expect(await inBash(line)).toEqual(offered);
  });

  it('accounts, also those whose ids readline takes apart at a colon', async () => {
    expect(await inBash('carryover status acc')).toEqual(['acc_1', 'acc_2']);
    expect(await inBash('carryover --url http://127.0.0.1:9 status acc')).toEqual([]);
    expect(await inBash('carryover pause 1:')).toEqual(['4', '5']);
    expect(await inBash('carryover pause acc_1 acc')).toEqual([]);
    expect(await inBash('carryover quarantine list --table messages acc_2')).toEqual(['acc_2']);
  });

  it('waves and the states of their members', async () => {
    expect(await inBash('carryover wave pause ')).toEqual(['7', '17']);
    expect(await inBash('carryover wave members 7 --state ref')).toEqual(['refused']);
  });

  it('profiles and files', async () => {
    expect(await inBash('carryover profile use s')).toEqual(['staging']);
    expect(await inBash('carryover list --profile ')).toEqual(['live', 'staging']);
    expect(await inBash('carryover certificate check ')).toEqual([':-o default']);
  });

  it('its own words while the API does not answer, and soon gives up on accounts', async () => {
    stuck = true;
    expect(await inBash('carryover status acc')).toEqual([]);
    expect(await inBash('carryover fini')).toEqual(['finish']);
    stuck = false;
  });
});

it.each(['bash', 'zsh', 'fish'])('the script for %s calls what the program has', async (shell) => {
  const { stdout } = await promisify(execFile)('carryover', ['completion', shell], { env: environment });
  expect(stdout).toContain('__complete -- ');
  if (shell === 'bash') await promisify(execFile)('bash', ['-n', '-c', stdout], { env: environment });
});
