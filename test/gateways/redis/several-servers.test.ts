import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DataFolder, openDataFolder } from '../../../dev/servers/data-folder.js';
import { findRedis, type RedisServer, startRedis } from '../../../dev/servers/redis/redis.js';
import { type RunningServer, startServer } from '../../../dev/servers/server-process.js';
import { KEY_NAMES, keyOf } from '../../../domain/onboarding/keys.js';
import { openRedis, type Redis } from '../../../gateways/redis/client.js';
import { SessionKeys } from '../../../gateways/redis/session-keys.js';

/** Documents of a session, one of them at a place of its own each time. */
const VALUES = KEY_NAMES.map((name, at) => (at % 2 === 0 ? JSON.stringify(name) : undefined));

let path: string;
let folder: DataFolder;
const servers: RunningServer[] = [];
const clients: Redis[] = [];

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'carryover-redis-'));
  folder = await openDataFolder(path, () => undefined);
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(servers.map((server) => server.stop()));
  await folder?.release();
  await rm(path, { recursive: true, force: true });
});

async function server(name: string, ...args: string[]): Promise<RedisServer> {
  const started = await startRedis({ folder, name, args });
  servers.push(started);
  return started;
}

function client(url: string): Redis {
  const opened = openRedis(url);
  clients.push(opened);
  return opened;
}

const portOf = ({ url }: RedisServer): string => new URL(url).port;

it('that is not installed says how to get it', async () => {
  vi.stubEnv('PATH', '/nowhere');
  vi.stubEnv('REDIS_SERVER', '');
  try {
    await expect(startRedis({ folder })).rejects.toThrow(
      /no redis-server on the PATH.*apt-get install redis-server.*REDIS_SERVER/,
    );
    vi.stubEnv('REDIS_SERVER', '/opt/valkey-server');
    expect(findRedis()).toBe('/opt/valkey-server');
  } finally {
    vi.unstubAllEnvs();
  }
});

describe('a cluster', () => {
  const PREFIX = '{onboarding}:';
  let url: string;
  beforeAll(async () => {
    const names = ['Node 1', 'Node 2', 'Node 3'];
    const nodes = await Promise.all(
      names.map((name) => server(name, '--cluster-enabled', 'yes', '--cluster-config-file', `${name}.conf`)),
    );
    for (const [at, node] of nodes.entries()) {
      const slots = Array.from({ length: 16_384 }, (_none, slot) => slot);
      await client(node.url).call('CLUSTER', 'ADDSLOTS', ...slots.filter((slot) => slot % 3 === at));
      await client(node.url).call('CLUSTER', 'MEET', '127.0.0.1', portOf(nodes[0]!));
    }
    for (const node of nodes)
      await vi.waitUntil(
        async () => (await client(node.url).call<string>('CLUSTER', 'INFO')).includes('cluster_state:ok'),
        { timeout: 60_000 },
      );
    url = `redis+cluster://${nodes.map((node) => `127.0.0.1:${portOf(node)}`).join(',')}`;
  });

  it('takes, gives and removes the keys of sessions, which are in one slot', async () => {
    const redis = client(url);
    const keys = new SessionKeys({ redis, prefix: PREFIX, ttlSeconds: 100 });
    await keys.ping(5_000);
    const sessions = ['session-a', 'session-b', 'session-c'];
    const permit = await keys.permit(sessions);
    await keys.write(new Map(sessions.map((id) => [id, VALUES])), permit);
    expect(await keys.read(sessions)).toEqual(sessions.map(() => VALUES));
    const slots = await Promise.all(
      KEY_NAMES.map((name) => redis.call('CLUSTER', 'KEYSLOT', keyOf(PREFIX, 'session-a', name))),
    );
    expect(new Set(slots).size).toBe(1);
    await keys.write(new Map([['session-a', []]]), await keys.permit(['session-a']));
    expect(await keys.fill('session-b', VALUES, await keys.permit(['session-b']))).toBe(13);
    const [gone, held] = await keys.read(['session-a', 'session-b']);
    expect([gone?.every((value) => value === undefined), held]).toEqual([true, VALUES]);
  });

  it('refuses a script over several slots: the configuration asks for a prefix that keeps one', async () => {
    const keys = new SessionKeys({ redis: client(url), prefix: '', ttlSeconds: 100 });
    const permit = await keys.permit(['session-d']);
    await expect(keys.write(new Map([['session-d', VALUES]]), permit)).rejects.toMatchObject({
      type: 'TargetUnavailable',
      message: expect.stringContaining('CROSSSLOT'),
    });
  });
});

describe('Sentinels', () => {
  it('lead to the server that is the master, and to the next one after its death', async () => {
    const master = await server('Master');
    const replica = await server('Replica', '--replicaof', '127.0.0.1', portOf(master));
    const redis = client(await sentinelOf(master));
    await redis.ping(20_000);
    await redis.call('SET', 'a', '1');
    expect(await client(replica.url).call('ROLE')).toContain('slave');
    await expect.poll(() => client(replica.url).call('GET', 'a')).toBe('1');
    process.kill(master.pid, 'SIGKILL');
    await expect.poll(() => redis.call('SET', 'a', '2').catch(() => undefined)).toBe('OK');
    expect(await client(replica.url).call('GET', 'a')).toBe('2');
  });

  async function sentinelOf(master: RedisServer): Promise<string> {
    const file = join(path, 'sentinel.conf');
    const lines = [
      `sentinel monitor main 127.0.0.1 ${portOf(master)} 1`,
      'sentinel down-after-milliseconds main 300',
      'sentinel failover-timeout main 1000',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const port = await folder.port('sentinel');
    const started = await startServer(
      {
        name: 'Sentinel',
        command: findRedis() ?? 'redis-server',
        args: [file, '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', path],
        cwd: path,
        ready: () => client(`redis://127.0.0.1:${port}`).ping(1_000),
        advice: '',
      },
      folder,
    );
    servers.push(started);
    return `redis+sentinel://127.0.0.1:${port}/main`;
  }
});
