import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../../gateways/store/sql/migrate.js';
import { startStack, type Stack, type StackEnvironment } from '../../dev/servers/stack.js';
import { findTimeSkippingServer } from '../../dev/servers/temporal/time-skipping.js';
import { startS3Server } from '../../dev/servers/s3.js';
import { onDatabase, TEMPLATE, withClient } from './databases.js';
import { onDemand, type OnDemand } from './on-demand.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The addresses of the stack that all tests share. */
    stackEnv: StackEnvironment;
    /** The program of the time-skipping Temporal server, for `executable: { type: 'existing-path' }`. */
    timeSkippingServer: string;
    /** The URL that returns the S3 server's address. */
    s3Server: string;
  }
}

interface SharedStack extends Stack {
  /** For tests that find a process's sessions in the store by its ports. */
  readonly tcpEnv: StackEnvironment;
  readonly timeSkippingServer: string;
  readonly s3: OnDemand;
}

/** Vitest loads this module once for each project; what they share is here. */
const shared = globalThis as { carryoverTestStack?: Promise<SharedStack> };

/** One stack for all projects of a run; each test takes a database, a task queue and tables of its own in it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const starting = (shared.carryoverTestStack ??= startSharedStack());
  const stack = await starting;
  project.provide('stackEnv', project.name === 'faults' ? stack.tcpEnv : stack.env);
  project.provide('timeSkippingServer', stack.timeSkippingServer);
  project.provide('s3Server', stack.s3.url);
  return async () => {
    if (shared.carryoverTestStack === starting) delete shared.carryoverTestStack;
    await stack.s3.stop();
    await stack.stop();
  };
}

async function startSharedStack(): Promise<SharedStack> {
  const log = (message: string): void => void process.stderr.write(`${message}\n`);
  const stack = await startStack({ inMemory: true, log });
  try {
    const env = { ...stack.env, DATABASE_URL: await overSocket(stack.env.DATABASE_URL) };
    await makeTemplate(env.DATABASE_URL);
    const timeSkippingServer = await findTimeSkippingServer({ log });
    return { ...stack, env, tcpEnv: stack.env, timeSkippingServer, s3: await onDemand(startS3Server) };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** By the server's socket in the file system, which takes the tests 7 % less CPU time than TCP. */
async function overSocket(databaseUrl: string): Promise<string> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ folder: string }>(`SELECT current_setting('unix_socket_directories') AS folder`),
  );
  const folder = rows[0]?.folder ?? '';
  const url = new URL(databaseUrl);
  if (folder !== '') url.searchParams.set('host', folder);
  return url.href;
}

async function makeTemplate(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  await applyMigrations(onDatabase(databaseUrl, TEMPLATE));
}
