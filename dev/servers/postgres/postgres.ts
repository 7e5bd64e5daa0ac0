import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { DataFolder } from '../data-folder.js';
import { postgresHome, type PostgresHome } from './postgres-home.js';
import { majorVersion, postgresPrograms, type PostgresPrograms } from './postgres-programs.js';
import { postgresUser, type SystemUser } from './postgres-user.js';
import { commandLine, endProcess, identify } from '../processes.js';
import { plainEnvironment, startServer, type RunningServer } from '../server-process.js';
import { lastLines } from '../tools.js';

export interface PostgresOptions {
  folder: DataFolder;
  /** For tests: data may be lost if the machine crashes, and nothing waits for the disk. */
  inMemory?: boolean;
  signal?: AbortSignal | undefined;
}

export interface PostgresServer extends RunningServer {
  /** The address of the database `carryover`, with user and password. */
  databaseUrl: string;
}

const NAME = 'carryover';
const FIRST_WITH_ITERATIONS = 16;
const FIRST_WITH_BUILTIN_LOCALE = 17;

/** Starts PostgreSQL on loopback, with its data in the folder. When this returns, the database exists, without tables. */
export async function startPostgres({ folder, inMemory, signal }: PostgresOptions): Promise<PostgresServer> {
  const user = postgresUser();
  const [home, programs] = await Promise.all([postgresHome(folder.path, user), postgresPrograms(user)]);
  if (!existsSync(home.data)) await initialise(home, programs, user);
  await endForerunner(home);
  const port = await folder.port('postgres');
  const urlOf = (database: string): string =>
    `postgresql://${NAME}:${home.password}@127.0.0.1:${port}/${database}`;
  const server = await startServer(
    {
      name: 'PostgreSQL',
      command: programs.postgres,
      args: ['-D', home.data, '-p', String(port), ...settings(inMemory ? home : undefined)],
      cwd: home.path,
      user,
      stopSignal: 'SIGINT',
      ready: () => createDatabase(urlOf('postgres')),
      advice: `To begin with an empty database, remove ${home.path}.`,
    },
    folder,
    signal,
  );
  return { ...server, databaseUrl: urlOf(NAME) };
}

/** A small buffer pool: each new connection maps the pages that it touches, and dropping a database scans all of them. */
const IN_MEMORY_SETTINGS = {
  fsync: 'off',
  // It would visit each of a test run's many databases every minute, and analyse the tables that a test inspects.
  autovacuum: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
};

/** PostgreSQL's limit for a socket's path, minus the longest name of the file. */
const LONGEST_SOCKET_FOLDER = 107 - '/.s.PGSQL.65535'.length;

/** `memory` is the home of a server in memory, which also listens on a socket there. */
function settings(memory: PostgresHome | undefined): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '1GB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(memory === undefined ? {} : { ...IN_MEMORY_SETTINGS, unix_socket_directories: socketFolder(memory) }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function socketFolder({ path }: PostgresHome): string {
  return path.length > LONGEST_SOCKET_FOLDER ? '' : path;
}

/** Creates the database under another name and renames it, so that the folder of a killed initdb is not taken for a database. */
async function initialise(
  home: PostgresHome,
  programs: PostgresPrograms,
  user: SystemUser | undefined,
): Promise<void> {
  const unfinished = `${home.data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  // Only users who can enter the home reach the socket, and those can read the password anyway.
  const authentication = '--auth-host=scram-sha-256 --auth-local=trust';
  const options = `-U ${NAME} ${authentication} --encoding=UTF8 --no-sync ${versionOptions(programs)}`;
  const args = ['-D', unfinished, `--pwfile=${join(home.path, 'password')}`, ...options.split(' ')];
  const result = spawnSync(programs.initdb, args, {
    ...user,
    cwd: home.path,
    env: plainEnvironment(),
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    const said = lastLines(`${result.stdout}${result.stderr}`) || String(result.error);
    throw new Error(`PostgreSQL could not create a database in ${home.path}.\n${said}`);
  }
  await rename(unfinished, home.data);
}

function versionOptions(programs: PostgresPrograms): string {
  const version = majorVersion(programs);
  // The password is long and random, so the thousands of hash iterations of each new connection would protect nothing.
  const hashing = version >= FIRST_WITH_ITERATIONS ? '-c scram_iterations=1 ' : '';
  return `${hashing}${localeOptions(version)}`;
}

/** Sorts by code points. Older versions cannot do that without the system's locales, and sort as most installations do. */
function localeOptions(version: number): string {
  return version >= FIRST_WITH_BUILTIN_LOCALE
    ? '--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8'
    : '--locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US';
}

/**
 * Ends a server that a killed stack left behind, which holds the folder by its postmaster.pid. If the id belongs to another process, the file is a
 * leftover of a crash, and PostgreSQL ignores it.
 */
async function endForerunner(home: PostgresHome): Promise<void> {
  const lockFile = join(home.data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number((await readFile(lockFile, 'utf8')).split('\n')[0]);
  const holder = Number.isInteger(pid) && pid > 0 ? identify(pid) : undefined;
  const command = holder ? commandLine(pid) : '';
  if (holder && command.includes('postgres') && command.includes(home.data))
    await endProcess(holder, 'SIGINT');
  else await rm(lockFile, { force: true });
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
  } finally {
    await client.end();
  }
}
