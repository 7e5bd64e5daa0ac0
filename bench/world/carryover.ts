import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SignJWT } from 'jose';
import { startChild } from '../../cli/start/child-process.js';
import { startConversationsService } from '../../dev/sample/conversations-service.js';
import type { ServedAccount } from '../../dev/sample/conversations-service.js';
import { choosePort } from '../../dev/servers/ports.js';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { cpuOfServers, cpuSecondsOf, usageSince } from './cpu.js';
import type { Usage } from './cpu.js';
import { newDatabase } from './database.js';
import type { BenchDatabase } from './database.js';
import { systemClock } from '../../gateways/clock.js';

export interface Carryover {
  readonly url: string;
  readonly database: BenchDatabase;
  readonly workers: readonly { readonly pid: number }[];
  /** An admin's token. */
  readonly token: string;
  /** Why a process has died; undefined while all run. */
  broken(): string | undefined;
  /** CPU seconds used so far, by program. */
  usage(): Usage;
  /** Ends all workers and starts one, as warm as a new process is. Resolves once it polls. */
  freshWorker(): Promise<{ readonly pid: number }>;
  /** Stops the processes and drops the database. */
  stop(): Promise<void>;
}

export interface CarryoverOptions {
  /** The number of worker processes; default: one. */
  readonly workers?: number;
  /** More variables for the API and the workers. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** For all services; it is also sent as a token in a header. */
export const SECRET = 'a-secret-that-only-this-benchmark-knows';
/** What the carrier signs its callbacks with. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from(SECRET).toString('base64')}`;

/** Starts the shipped API and workers, with their own database and a Conversations service that knows these accounts. */
export async function startCarryover(
  env: StackEnvironment,
  accounts: readonly ServedAccount[],
  options: CarryoverOptions = {},
): Promise<Carryover> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-bench-'));
  const database = await newDatabase(env.DATABASE_URL);
  const conversations = await startConversationsService({ token: SECRET, accounts });
  const port = await choosePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    ...env,
    DATABASE_URL: database.url,
    CONVERSATIONS_API_URL: conversations.url,
    CONVERSATIONS_API_TOKEN: SECRET,
    CARRIER_API_URL: 'http://127.0.0.1:9',
    CARRIER_API_TOKEN: SECRET,
    CARRIER_WEBHOOK_SECRET: WEBHOOK_SECRET,
    AUTH_JWT_SECRET: SECRET,
    PUBLIC_URL: url,
    PORT: String(port),
    ATTACHMENTS_URL: pathToFileURL(join(folder, 'attachments')).href,
    LOG_LEVEL: 'warn',
    ...options.environment,
  };
  let broken: string | undefined;
  const launch = (program: 'api' | 'worker') =>
    startChild({
      clock: systemClock,
      program,
      folder: fileURLToPath(new URL('../../processes', import.meta.url)),
      environment,
      logFile: join(folder, `${program}.log`),
      onExit: (description) => (broken = description),
    });
  const api = launch('api');
  const workers = Array.from({ length: options.workers ?? 1 }, () => launch('worker'));
  const stop = async (): Promise<void> => {
    await Promise.all([api, ...workers].map((process) => process.stop()));
    await conversations.stop();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, () => broken);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    database,
    workers,
    token: await adminToken(),
    broken: () => broken,
    usage: () => ({
      ...cpuOfServers(),
      ...Object.fromEntries(
        workers.map(({ pid }, at) => [at === 0 ? 'worker' : `worker ${at + 1}`, cpuSecondsOf(pid)]),
      ),
      api: cpuSecondsOf(api.pid),
    }),
    freshWorker: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      const worker = launch('worker');
      workers.splice(0, workers.length, worker);
      await sleep(POLLS_WITHIN_MS);
      return worker;
    },
    stop,
  };
}

/** CPU seconds of servers and processes since `before`, without the benchmark's own children. */
export function spentSince(before: Usage, carryover: Carryover): Usage {
  const { node: _own, MainThread: _too, sh: _guardian, ...spent } = usageSince(before, carryover.usage());
  return spent;
}

/** A worker begins to poll within this time, so that its start is not measured. */
const POLLS_WITHIN_MS = 2_500;

async function untilReady(url: string, broken: () => string | undefined): Promise<void> {
  for (;;) {
    const broke = broken();
    if (broke !== undefined) throw new Error(broke);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) break;
    await sleep(100);
  }
  await sleep(POLLS_WITHIN_MS);
}

function adminToken(): Promise<string> {
  return new SignJWT({ role: 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(SECRET));
}
