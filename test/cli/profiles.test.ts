import { chmod, mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCarryover } from '../../cli/engine/program.js';
import { systemClock } from '../../gateways/clock.js';

/** Answers every list with nothing, and keeps the tokens that it got. */
let server: Server;
let url: string;
let folder: string;
let file: string;
let tokens: (string | undefined)[];
beforeAll(async () => {
  server = createServer((request, response) => {
    tokens.push(request.headers.authorization?.replace('Bearer ', ''));
    response.end('{"migrations":[],"next_cursor":null}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(async () => {
  tokens = [];
  folder = await mkdtemp(join(tmpdir(), 'carryover-config-'));
  file = join(folder, 'carryover', 'config.toml');
  return () => rm(folder, { recursive: true });
});

async function run(args: string[], environment: Record<string, string> = {}, typed?: string) {
  const ran = { out: '', error: '' };
  const status = await runCarryover(args, {
    ...(typed === undefined ? {} : { input: Readable.from([typed]) }),
    out: { write: (text) => void (ran.out += text) },
    error: { write: (text) => void (ran.error += text) },
    environment: { XDG_CONFIG_HOME: folder, ...environment },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { status, ...ran };
}

const profile = (...args: string[]) => run(['profile', ...args]);

async function write(text: string): Promise<void> {
  await mkdir(join(folder, 'carryover'), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
}

describe('a profile', () => {
  it('is created, listed, shown, used and removed', async () => {
    await run(['profile', 'set', 'staging', '--url', url, '--token-stdin'], {}, 'secret-of-staging\n');
    await profile(
      'set',
      'live',
      '--url',
      'https://carryover.example',
      '--token-command',
      'echo token-of-live',
    );
    const { out } = await profile('list');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(/^ +PROFILE +URL +TOKEN +KIND +OUTPUT$/),
      expect.stringMatching(/^\* +staging +http:\S+ +in the file$/),
      expect.stringMatching(/^ +live +https:\S+ +from: echo token-of-live$/),
      '',
    ]);
    expect((await profile('use', 'live')).status).toBe(0);
    const shown = await profile('show', '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ name: 'live', in_use: true });
    expect(await profile('remove', 'live')).toMatchObject({
      status: 2,
      error: expect.stringContaining('--yes'),
    });
    expect((await profile('remove', 'live', '--yes')).status).toBe(0);
    expect(JSON.parse((await profile('list', '--json')).out)).toMatchObject([
      { name: 'staging', in_use: false },
    ]);
    expect((await readFile(file, 'utf8')).includes('live')).toBe(false);
  });

  it('keeps its token in a file for its owner alone, and prints it nowhere', async () => {
    await run(['profile', 'set', 'staging', '--url', url, '--token-stdin'], {}, 'the-secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const args of [['list'], ['show', '--json'], ['list', '-o', 'yaml']])
      expect(JSON.stringify(await profile(...args))).not.toContain('the-secret');
    await chmod(file, 0o644);
    expect((await run(['list'])).error).toContain(`Run: chmod 600 ${file}`);
    await profile('set', 'staging', '--kind', 'conversations');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is changed value by value, and a token command takes the place of a token', async () => {
    await profile('set', 'a', '--url', url, '--token', 'first');
    await profile('set', 'a', '--default-output', 'json');
    await profile('set', 'a', '--token-command', 'echo second');
    expect(await readFile(file, 'utf8')).toBe(
      `profile = "a"\n\n[profiles.a]\nurl = "${url}"\noutput = "json"\ntoken_command = "echo second"\n`,
    );
    await profile('set', 'a', '--unset', 'output');
    expect(await readFile(file, 'utf8')).not.toContain('output');
  });

  it('survives concurrent writers: each finds what the others wrote', async () => {
    const names = Array.from({ length: 12 }, (_each, at) => `p${at}`);
    const ran = await Promise.all(names.map((name) => profile('set', name, '--url', url)));
    expect(ran.map(({ status }) => status)).toEqual(names.map(() => 0));
    const listed = JSON.parse((await profile('list', '--json')).out) as { name: string }[];
    expect(listed.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it('is written even if a killed writer has left its lock', async () => {
    await write('');
    await writeFile(`${file}.lock`, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    expect((await profile('set', 'a', '--url', url)).status).toBe(0);
  });
});

describe('commands', () => {
  it('prefer the flag to the environment, and the environment to the profile', async () => {
    await profile('set', 'a', '--url', url, '--token', 'of-the-profile', '--default-output', 'json');
    expect((await run(['list'])).out).toBe('[]\n');
    await run(['list'], { CARRYOVER_TOKEN: 'of-the-environment' });
    await run(['list', '--token', 'of-the-flag'], { CARRYOVER_TOKEN: 'of-the-environment' });
    expect(tokens).toEqual(['of-the-profile', 'of-the-environment', 'of-the-flag']);
    expect((await run(['list'], { CARRYOVER_OUTPUT: 'yaml' })).out).toBe('[]\n');
    expect((await run(['list', '-o', 'table'], { CARRYOVER_OUTPUT: 'yaml' })).out).toContain(
      'knows no account',
    );
    expect(await run(['list'], { CARRYOVER_OUTPUT: 'xml' })).toMatchObject({
      status: 78,
      error: expect.stringContaining('CARRYOVER_OUTPUT is wrong: "xml"'),
    });
  });

  it('take the profile that --profile or CARRYOVER_PROFILE names', async () => {
    await profile('set', 'a', '--url', 'http://127.0.0.1:9', '--token', 'a');
    await profile('set', 'b', '--url', url, '--token', 'b');
    expect((await run(['list', '--profile', 'b'])).status).toBe(0);
    expect((await run(['list'], { CARRYOVER_PROFILE: 'b' })).status).toBe(0);
    expect(tokens).toEqual(['b', 'b']);
    expect(await run(['list', '--profile', 'bb'])).toMatchObject({
      status: 2,
      error: expect.stringContaining(`There is no profile "bb" in ${file}: it has a, b. Did you mean b?`),
    });
  });

  it('run the token command, and quote its error if it fails', async () => {
    await profile('set', 'a', '--url', url, '--token-command', 'echo printed');
    expect((await run(['list'])).status).toBe(0);
    expect(tokens).toEqual(['printed']);
    await profile('set', 'a', '--token-command', 'echo the vault is locked >&2; exit 3');
    expect(await run(['list'])).toMatchObject({
      status: 78,
      error: expect.stringMatching(/token_command of the profile a ended with 3.*\nthe vault is locked/),
    });
  });

  it('do not send a profile’s token to another address', async () => {
    await profile('set', 'a', '--url', 'https://carryover.example', '--token', 'secret');
    expect(await run(['list', '--url', url])).toMatchObject({
      status: 78,
      error: expect.stringContaining(`The token of the profile a is not sent to ${url}`),
    });
    expect(tokens).toEqual([]);
  });
});

describe('a wrong file is refused with its name, line and key', () => {
  it.each([
    ['[profiles.a]\nurl = "http', ':2:'],
    ['[profiles.a]\nurl = "ftp://x"', ':2: profiles.a.url: "ftp://x" is not an address'],
    ['[profiles.a]\nurl = "http://x"\ntokn = "x"', ':3: profiles.a.tokn: is unknown. Did you mean token?'],
    ['[profiles.a]\noutput = "xml"', ':2: profiles.a.output: "xml" is not one of table'],
    ['[profiles.a]\ntoken = 5', ':2: profiles.a.token: must be a text'],
    ['profile = "b"\n[profiles.a]\ntoken = "x"', ':1: profile: there is no [profiles.b]'],
    [
      '[profiles.a]\ntoken = "x"\ntoken_command = "y"',
      ':3: profiles.a.token_command: is set, and so is token',
    ],
    ['[profile.a]\ntoken = "x"', 'profile: must be the name'],
    ['other = 1', ':1: other: is unknown'],
  ])('%j', async (text, words) => {
    await write(text);
    const { status, error } = await run(['list']);
    expect(status).toBe(78);
    expect(error).toContain(`${file}${words.startsWith(':') ? '' : ': '}`.trim());
    expect(error).toContain(words);
  });

  it('and does not break help and tokens', async () => {
    await write('broken');
    expect((await run(['help', 'output'])).status).toBe(0);
    const secret = { AUTH_JWT_SECRET: 'a secret that only these tests know' };
    expect((await run(['token', '--role', 'admin', '--sub', 'ann'], secret)).status).toBe(0);
  });
});
