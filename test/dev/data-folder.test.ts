import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openDataFolder, type DataFolder } from '../../dev/servers/data-folder.js';
import { isAlive } from '../../dev/servers/processes.js';
import { startServer, type RunningServer, type ServerSpec } from '../../dev/servers/server-process.js';
import { startTemporal } from '../../dev/servers/temporal/temporal.js';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';

let path: string;
let folder: DataFolder;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'carryover-test-'));
  folder = await openDataFolder(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

/** Something that listens on that port of loopback, or on any. */
async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

/** A program that stands for a server: a shell script. */
function serverOf(
  script: string,
  ready: ServerSpec['ready'] = () => Promise.resolve(),
): Promise<RunningServer> {
  const spec = {
    name: 'Some server',
    command: '/bin/sh',
    args: ['-c', script],
    cwd: path,
    advice: 'Try this.',
  };
  return startServer({ ...spec, ready }, folder);
}

describe('a data folder', () => {
  it('gives a server its previous port, or another one if that is taken', async () => {
    const port = await folder.port('one');
    expect(await folder.port('one')).toBe(port);
    expect(await folder.port('two')).not.toBe(port);

    await listenOn(port);
    const other = await folder.port('one');
    expect(other).not.toBe(port);
    expect(JSON.parse(readFileSync(join(path, 'ports.json'), 'utf8'))).toMatchObject({ one: other });
  });

  it('belongs to one stack until it is released', async () => {
    await expect(openDataFolder(path)).rejects.toThrow(`in use by a running stack (process ${process.pid})`);
    await folder.release();
    await expect(openDataFolder(path)).resolves.toMatchObject({ path });
  });

  it('cannot be a file', async () => {
    await folder.port('one');
    await expect(openDataFolder(join(path, 'ports.json'))).rejects.toThrow(/cannot be used as a data folder/);
  });
});

describe('a server', () => {
  it('that ends at once is reported with its log and what to do', async () => {
    const start = serverOf('echo earlier; echo "the disk is full"; exit 3', () =>
      Promise.reject(new Error('refused')),
    );
    await expect(start).rejects.toThrow(
      /^Some server did not start: it ended with status 3\.\n.*some-server\.log:\nearlier\nthe disk is full\nTry this\.$/,
    );
  });

  it('whose program is missing is reported too', async () => {
    const spec = {
      name: 'Some server',
      args: [],
      cwd: path,
      advice: 'Install it.',
      ready: () => Promise.resolve(),
    };
    await expect(startServer({ ...spec, command: join(path, 'nothing') }, folder)).rejects.toThrow(
      /Some server did not start: .*nothing cannot be run .*\nInstall it\./,
    );
  });

  it('is stopped when the start is aborted, and reported as died only if nobody stopped it', async () => {
    const given = new AbortController();
    const spec = { name: 'Some server', command: 'sleep', args: ['60'], cwd: path, advice: '' };
    const ready = (): Promise<void> => {
      given.abort();
      return Promise.reject(new Error('not yet'));
    };
    await expect(startServer({ ...spec, ready }, folder, given.signal)).rejects.toThrow(/abort/i);
    const state = JSON.parse(readFileSync(join(path, 'stack.json'), 'utf8')) as {
      servers: { pid: number; startedAt: string }[];
    };
    expect(state.servers.map((server) => isAlive(server))).toEqual([false]);

    const ended = await serverOf('exec sleep 60');
    process.kill(ended.pid, 'SIGTERM');
    expect(await ended.died).toBe('Some server died: it was ended by SIGTERM.');
  });
});

describe('the Temporal dev server', () => {
  it('does not start on another port than the one that temporal-dev.yaml fixes', async () => {
    const { port } = (await listenOn(0)).address() as AddressInfo;
    const config = { ...readTemporalConfig(), ports: { ui: port } };
    await expect(startTemporal({ folder, config, log: () => undefined })).rejects.toThrow(
      new RegExp(`port ${port}, which temporal-dev.yaml fixes as ports.ui, is taken`),
    );
  });
});
