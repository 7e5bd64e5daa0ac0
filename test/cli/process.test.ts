import { fork, spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const DIST = resolve(import.meta.dirname, '../../dist');
const PROCESSES = join(DIST, 'processes');
const PROCESS = pathToFileURL(join(DIST, 'cli/process.js')).href;

it('a process ends if its parent has ended while it was loading its modules', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-process-'));
  const module = join(folder, 'slow.mjs');
  await writeFile(
    module,
    `while (process.connected) await new Promise((next) => setImmediate(next));
     const { runProcess } = await import('${PROCESS}');
     runProcess(() => new Promise((end) => setTimeout(end, 60_000)));`,
  );
  const child = fork(module, { stdio: 'ignore' });
  try {
    child.disconnect();
    const signal = await new Promise((ended) => child.once('exit', (_code, by) => ended(by)));
    expect(signal).toBe('SIGTERM');
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

it('the command line ends silently when its reader closes the pipe, as `| head` does', async () => {
  const child = spawn(process.execPath, [join(PROCESSES, 'carryover.js'), '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const status = await new Promise((ended) => child.once('close', ended));
  expect([status, said]).toEqual([141, '']);
});

it('the bundled command line needs no other files to call the API', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-alone-'));
  await cp(PROCESSES, folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "version": "0.0.0" }');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(folder, 'carryover.js'), ...args], {
      env: { CARRYOVER_URL: 'http://127.0.0.1:1', CARRYOVER_TOKEN: 'none' },
      encoding: 'utf8',
    });
  const [help, list] = [run('--help'), run('list')];
  await rm(folder, { recursive: true });
  expect([help.status, help.stderr]).toEqual([0, '']);
  expect([list.status, list.stderr]).toEqual([1, expect.stringContaining('cannot be reached')]);
});

it('a command that calls the API loads no more than it needs: Node’s fetch alone would take as long as all the rest', () => {
  const tell = 'process.on("exit", () => console.log(process.moduleLoadList.join("\\n")));';
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${tell}`, join(PROCESSES, 'carryover.js'), 'status', 'acc_1'],
    { env: { CARRYOVER_URL: 'http://127.0.0.1:1', CARRYOVER_TOKEN: 'none' }, encoding: 'utf8' },
  );
  const loaded = stdout.split('\n');
  expect(loaded).toContain('NativeModule http');
  expect(loaded.filter((name) => /undici|^NativeModule https$/.test(name))).toEqual([]);
});

it('npx finds the command line among the programs of the installation, which needs no installing', () => {
  const { status, stdout, stderr } = spawnSync(
    resolve(import.meta.dirname, '../../node_modules/.bin/carryover'),
    ['--version'],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+ /);
});
