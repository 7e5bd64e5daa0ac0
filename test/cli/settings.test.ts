import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCarryover } from '../../cli/engine/program.js';
import { writeDemo } from '../../cli/demo.js';
import { thisProcess } from '../../dev/servers/processes.js';
import { systemClock } from '../../gateways/clock.js';

/** Answers every list with nothing, and keeps what it was asked for. */
let server: Server;
let url: string;
let folder: string;
let asked: { path: string | undefined; token: string | undefined }[];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ path: request.url, token: request.headers.authorization });
    response.end('{"migrations":[],"next_cursor":null}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  asked = [];
  folder = await mkdtemp(join(tmpdir(), 'carryover-demo-'));
  return () => rm(folder, { recursive: true });
});
afterAll(() => void server.close());

async function list(environment: Record<string, string>, ...options: string[]) {
  const ran = { out: '', error: '' };
  const status = await runCarryover([...options, 'list'], {
    out: { write: (text) => void (ran.out += text) },
    error: { write: (text) => void (ran.error += text) },
    environment,
    demoFolder: folder,
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { status, ...ran };
}

it.each(['', '/', '/prefix', '/prefix/', '/two/parts'])('an address with the path "%s"', async (path) => {
  const { status, error } = await list({ CARRYOVER_URL: url + path, CARRYOVER_TOKEN: 't' });
  expect([status, error]).toEqual([0, '']);
  expect(asked).toEqual([{ path: `${path.replace(/\/$/, '')}/v2/migrations?limit=50`, token: 'Bearer t' }]);
});

it.each(['localhost:3000', 'http://', 'http://host?query=1', 'http://host/#part'])(
  '"%s" is no address: 78',
  async (address) => {
    const { status, error } = await list({ CARRYOVER_URL: address, CARRYOVER_TOKEN: 't' });
    expect(status).toBe(78);
    expect(error).toContain('is not the address of an API');
  },
);

describe('the demo of an npm start that runs', () => {
  it('is used if CARRYOVER_URL is not set, and standard error says so', async () => {
    writeDemo(folder, { url, token: 'demo', environment: {}, process: thisProcess() });
    const { status, out, error } = await list({});
    expect(status).toBe(0);
    expect(out).not.toContain(url);
    expect(error).toBe(`CARRYOVER_URL is not set: using the demo of npm start at ${url}.\n`);
    expect(asked).toMatchObject([{ token: 'Bearer demo' }]);
  });

  it('accepts another token', async () => {
    writeDemo(folder, { url, token: 'demo', environment: {}, process: thisProcess() });
    expect((await list({}, '--token', 'mine')).status).toBe(0);
    expect(asked).toMatchObject([{ token: 'Bearer mine' }]);
  });

  it('is not used if an address is given, or if its process has ended', async () => {
    writeDemo(folder, { url: 'http://127.0.0.1:1', token: 'demo', environment: {}, process: thisProcess() });
    expect(await list({ CARRYOVER_URL: url, CARRYOVER_TOKEN: 't' })).toMatchObject({ status: 0, error: '' });
    writeDemo(folder, {
      url,
      token: 'demo',
      environment: {},
      process: { ...thisProcess(), startedAt: 'long ago' },
    });
    const gone = await list({});
    expect([gone.status, asked.length]).toEqual([78, 1]);
    expect(gone.error).toContain('There is no token');
  });
});
