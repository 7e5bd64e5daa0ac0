import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openRedis } from '../../../gateways/redis/client.js';
import type { DataFolder } from '../data-folder.js';
import { findProgram } from '../paths.js';
import { type RunningServer, startServer } from '../server-process.js';

export interface RedisServer extends RunningServer {
  readonly url: string;
}

export interface RedisServerOptions {
  readonly folder: DataFolder;
  /** Keeps what was written through a kill, at the cost of a disk write for each command; by default all is lost. */
  readonly durable?: boolean;
  /** The name, if a folder has more than one; default: Redis. */
  readonly name?: string;
  /** More settings. */
  readonly args?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const ADVICE =
  'Install Redis 6 or newer (Debian: apt-get install redis-server), or set REDIS_SERVER to a redis-server or valkey-server program.';

/** Starts Redis on loopback, with its data in the folder. Throws an Error that says how to get a server if there is none. */
export async function startRedis({
  folder,
  durable = false,
  name = 'Redis',
  args = [],
  signal,
}: RedisServerOptions): Promise<RedisServer> {
  const command = findRedis();
  if (command === undefined) throw new Error(`There is no redis-server on the PATH. ${ADVICE}`);
  const place = name.toLowerCase().replaceAll(' ', '-');
  const data = join(folder.path, place);
  await mkdir(data, { recursive: true });
  const port = await folder.port(place);
  const url = `redis://127.0.0.1:${port}`;
  const kept = durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const server = await startServer(
    {
      name,
      command,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--save', '', ...kept, ...args],
      cwd: data,
      ready: () => answers(url),
      advice: ADVICE,
    },
    folder,
    signal,
  );
  return { ...server, url };
}

async function answers(url: string): Promise<void> {
  const redis = openRedis(url);
  try {
    await redis.ping(1_000);
  } finally {
    await redis.close();
  }
}

/** REDIS_SERVER, or the first redis-server on the PATH. */
export function findRedis(
  { REDIS_SERVER: given, ...env }: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return given || findProgram('redis-server', env);
}
