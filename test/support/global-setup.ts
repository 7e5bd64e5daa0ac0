import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../../gateways/store/sql/migrate.js';
import { startStack, type StackEnvironment } from '../../dev/servers/stack.js';
import { findTimeSkippingServer } from '../../dev/servers/time-skipping.js';
import { onDatabase, TEMPLATE } from './databases.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The addresses of the stack that all tests share. */
    stackEnv: StackEnvironment;
    /** The program of the time-skipping Temporal server, for `executable: { type: 'existing-path' }`. */
    timeSkippingServer: string;
  }
}

/** One stack for the whole run; each test takes a database, a task queue and tables of its own in it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const log = (message: string): void => void process.stderr.write(`${message}\n`);
  const stack = await startStack({ inMemory: true, log });
  try {
    await makeTemplate(stack.env.DATABASE_URL);
    project.provide('stackEnv', stack.env);
    project.provide('timeSkippingServer', await findTimeSkippingServer({ log }));
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return () => stack.stop();
}

async function makeTemplate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await applyMigrations(onDatabase(databaseUrl, TEMPLATE));
}
