import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SignJWT } from 'jose';
import pg from 'pg';
import { type Child, startChild } from '../../cli/start/child-process.js';
import type { StartedServer } from '../../dev/servers/data-folder.js';
import { readJson } from '../../dev/servers/json-file.js';
import { choosePort } from '../../dev/servers/ports.js';
import { memoryFolder } from '../../dev/servers/memory-folder.js';
import { identify } from '../../dev/servers/processes.js';
import { type Stack, startStack } from '../../dev/servers/stack.js';
import type { SeedTarget } from '../../dev/sample/dynamodb.js';
import { startSampleWorld, type SampleWorld } from '../../dev/sample/main.js';
import type { SampleOptions } from '../../dev/sample/generator/options.js';
import type { PortSchedule } from '../../dev/sample/carrier/behaviour.js';
import { systemClock } from '../../gateways/clock.js';
import { newNamespace } from '../support/namespaces.js';
import { stackEnv, testDatabase } from '../support/servers.js';
import { untilHolds } from '../support/until.js';

/** Everything real: the servers, the sample world, and Carryover's own processes as they are shipped. */
export interface Carryover {
  /** The servers' own addresses; `env` may name a proxy. */
  readonly stack: Pick<Stack, 'env'>;
  /** Where the world's records are. */
  readonly source: SeedTarget & Required<Pick<SeedTarget, 'threadsTable' | 'messagesTable'>>;
  readonly world: SampleWorld;
  readonly store: pg.Pool;
  readonly logs: string;
  /** The output so far of its processes of that name. */
  logOf(name: 'api' | 'worker'): Promise<string>;
  readonly env: Readonly<Record<string, string>>;
  /** Of an administrator. */
  readonly authorization: string;
  call(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown; headers: Headers }>;
  /** What it says goes to `worker.log`, or to another file of that name in `logs`. */
  startWorker(environment?: Readonly<Record<string, string>>, log?: string): Child;
  /** The one that was started with the others must have ended before. */
  startApi(environment?: Readonly<Record<string, string>>): Child;
  /** The API that was started last. */
  api(): Child;
  ready(): Promise<void>;
  /** Sends SIGKILL and waits for the end. */
  kill(child: { readonly pid: number }): Promise<void>;
  /** The server of that name, of a stack of its own. */
  server(name: 'Temporal' | 'PostgreSQL'): { readonly pid: number };
  stop(): Promise<void>;
}

const SECRET = 'a secret that only this test knows';
const ROOT = resolve(import.meta.dirname, '../..');

export interface CarryoverOptions {
  readonly account: Omit<SampleOptions, 'now'> & { readonly now?: Date };
  readonly schedule?: PortSchedule;
  readonly environment?: Readonly<Record<string, string>>;
  /** Servers of its own, which may be killed and started again: what they hold outlives them. */
  readonly ownServers?: boolean;
  /** The source's tables have streams. Not with servers of its own. */
  readonly streams?: boolean;
}

export async function startCarryover(options: CarryoverOptions): Promise<Carryover> {
  const folder = await mkdtemp(join(await memoryFolder(), 'carryover-e2e-'));
  const stack = options.ownServers
    ? await startStack({ dataDir: join(folder, 'stack'), log: () => undefined })
    : await shareOfStack();
  const suffix = randomBytes(4).toString('hex');
  const source = {
    endpoint: stack.env.DYNAMODB_ENDPOINT,
    region: stack.env.AWS_REGION,
    credentials: {
      accessKeyId: stack.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: stack.env.AWS_SECRET_ACCESS_KEY,
    },
    threadsTable: `threads_${suffix}`,
    messagesTable: `messages_${suffix}`,
    streams: options.streams === true,
  };
  const { now, seed, ...account } = options.account;
  const world = await startSampleWorld({
    dataDir: join(folder, 'sample'),
    dynamodb: source,
    ...(seed === undefined ? {} : { seed }),
    ...(now === undefined ? {} : { now }),
    account,
    schedule: options.schedule ?? { firstStepMs: 300, nextStepMs: 300 },
  });
  const port = await choosePort();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    ...stack.env,
    ...world.env,
    CONVERSATIONS_THREADS_TABLE: source.threadsTable,
    CONVERSATIONS_MESSAGES_TABLE: source.messagesTable,
    AUTH_JWT_SECRET: SECRET,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ATTACHMENTS_URL: pathToFileURL(join(folder, 'attachments')).href,
    PORTING_POLL_SECONDS: '2',
    PORT: String(port),
    ...options.environment,
  };
  const children = new Set<Child>();
  const launch = (
    name: 'api' | 'worker',
    more: Readonly<Record<string, string>> = {},
    log: string = name,
  ): Child => {
    const child = startChild({
      clock: systemClock,
      program: name,
      folder: join(ROOT, 'dist/processes'),
      environment: { ...env, ...more },
      logFile: join(folder, `${log}.log`),
      onExit: () => undefined,
    });
    children.add(child);
    return child;
  };
  const token = await new SignJWT({ role: 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('end-to-end')
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(SECRET));
  const store = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 4 });
  store.on('error', () => undefined);
  let api = launch('api');

  const call: Carryover['call'] = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: response.headers,
    };
  };
  const ready = () =>
    until(async () => (await call('GET', '/readyz').catch(() => undefined))?.status === 200);
  await ready();
  return {
    stack,
    source,
    world,
    store,
    logs: folder,
    logOf: (name) => readFile(join(folder, `${name}.log`), 'utf8'),
    env,
    authorization: `Bearer ${token}`,
    call,
    startWorker: (more, log) => launch('worker', more, log),
    startApi: (more) => (api = launch('api', more)),
    api: () => api,
    ready,
    async kill({ pid }) {
      for (const child of children) if (child.pid === pid) children.delete(child);
      process.kill(pid, 'SIGKILL');
      await until(() => identify(pid) === undefined);
    },
    server(name) {
      const { servers } = readJson(join(folder, 'stack', 'stack.json')) as { servers: StartedServer[] };
      const found = servers.find((server) => server.name === name);
      if (found === undefined)
        throw new Error(`no ${name} among ${servers.map((server) => server.name).join(', ')}`);
      return found;
    },
    async stop() {
      await store.end();
      await Promise.all([...children].map((child) => child.stop()));
      await world.stop();
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A database and a namespace of its own in the servers that all tests share. */
async function shareOfStack(): Promise<Pick<Stack, 'env' | 'stop'>> {
  const [database, namespace] = await Promise.all([testDatabase(), newNamespace('e2e')]);
  const env = { ...stackEnv(), DATABASE_URL: database.url, TEMPORAL_NAMESPACE: namespace };
  return { env, stop: () => database.drop() };
}

/** Waits until the condition holds; an error names what it waited for. */
export async function until(condition: () => boolean | Promise<boolean>, giveUpMs?: number): Promise<void> {
  await untilHolds(condition, { what: condition.toString(), giveUpMs, everyMs: 100 });
}
