import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { newDatabase } from '../world/database.js';
import type { BenchDatabase } from '../world/database.js';
import type { Shape } from '../world/source.js';
import { pythonProgram } from './venv.js';

/** The only port at which the tap looks for a local DynamoDB. */
const TAP_PORT = 8000;
const TEXT = { type: ['null', 'string'] };
const ANYTHING = { type: ['null', 'object'] };

const STREAMS = {
  threads: {
    keys: ['brand_id', 'thread_id'],
    texts: [
      'account_id',
      'channel_id',
      'kind',
      'c1',
      'c2',
      'c2_name',
      'status',
      'created_at',
      'last_message_at',
    ],
    maps: [],
  },
  messages: {
    keys: ['thread_id', 'message_key'],
    texts: ['message_id', 'brand_id', 'account_id', 'direction', 'kind', 'author', 'body', 'sent_at'],
    maps: ['telephony', 'metadata'],
  },
};

export interface Singer {
  readonly tap: string;
  readonly target: string;
}

/** Installs tap and target. Throws if that is not possible. */
export async function installSinger(): Promise<Singer> {
  return {
    tap: await pythonProgram('tap-dynamodb==1.4.0', 'tap-dynamodb'),
    target: await pythonProgram('pipelinewise-target-postgres==2.1.2', 'target-postgres'),
  };
}

/** Copies both tables into tables that the target creates: `tap | target`. Returns the seconds of the whole command. */
export async function runSinger(singer: Singer, env: StackEnvironment, shape: Shape): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-peers-'));
  const database = await newDatabase(env.DATABASE_URL);
  const door = await openDoor(new URL(env.DYNAMODB_ENDPOINT));
  try {
    await writeSettings(folder, env, database);
    const begun = performance.now();
    const command = `'${singer.tap}' --config tap.json --catalog catalog.json 2>tap.log | '${singer.target}' --config target.json >/dev/null 2>target.log`;
    const child = spawn('bash', ['-c', `set -o pipefail; ${command}`], {
      cwd: folder,
      env: { ...process.env, ...env, AWS_DEFAULT_REGION: env.AWS_REGION },
      stdio: 'ignore',
    });
    const [status] = (await once(child, 'exit')) as [number | null];
    const seconds = (performance.now() - begun) / 1_000;
    if (status !== 0) throw new Error(`Singer ended with ${status}: ${await lastWords(folder)}`);
    await assertAllThere(database, shape);
    return seconds;
  } finally {
    door.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Forwards the tap's port. Throws if it is taken. */
async function openDoor({ hostname, port }: URL): Promise<Server> {
  const server = createServer((socket) => {
    const onward = connect(Number(port), hostname);
    socket.on('error', () => onward.destroy()).pipe(onward);
    onward.on('error', () => socket.destroy()).pipe(socket);
  });
  server.listen(TAP_PORT, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function writeSettings(
  folder: string,
  env: StackEnvironment,
  { url: databaseUrl }: BenchDatabase,
): Promise<void> {
  const url = new URL(databaseUrl);
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await write('tap.json', {
    account_id: 'none',
    external_id: 'none',
    role_name: 'none',
    region_name: env.AWS_REGION,
    use_local_dynamo: true,
  });
  await write('target.json', {
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    dbname: url.pathname.slice(1),
    default_target_schema: 'singer',
  });
  await write('catalog.json', {
    streams: Object.entries(STREAMS).map(([name, stream]) => streamOf(name, stream)),
  });
}

function streamOf(name: string, { keys, texts, maps }: (typeof STREAMS)['threads' | 'messages']) {
  const typed = (names: readonly string[], type: object) => names.map((property) => [property, type]);
  const properties = Object.fromEntries([
    ...typed(keys, { type: 'string' }),
    ...typed(texts, TEXT),
    ...typed(maps, ANYTHING),
  ]) as Record<string, object>;
  const facts = { selected: true, 'replication-method': 'FULL_TABLE', 'table-key-properties': keys };
  return {
    table_name: name,
    stream: name,
    tap_stream_id: name,
    metadata: [{ breadcrumb: [], metadata: facts }],
    schema: { type: 'object', properties },
  };
}

async function lastWords(folder: string): Promise<string> {
  const logs = await Promise.all(
    ['tap.log', 'target.log'].map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  );
  return logs.map((log) => log.trim().split('\n').slice(-3).join(' ')).join(' / ');
}

async function assertAllThere({ pool }: BenchDatabase, shape: Shape): Promise<void> {
  const { rows } = await pool.query<{ messages: string }>('SELECT count(*) AS messages FROM singer.messages');
  // The tables also hold the few messages that are migrated first, to warm up.
  if (Number(rows[0]?.messages) < shape.messages)
    throw new Error(`Singer has written ${rows[0]?.messages} of ${shape.messages} messages`);
}
