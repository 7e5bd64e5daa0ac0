import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { clean, stateOf } from './clean-database.js';
import { onDatabase, TEMPLATE } from './databases.js';
import { systemClock } from '../../gateways/clock.js';

export interface TestDatabase {
  url: string;
  /** Removes it, ending its remaining connections. A second call does nothing. */
  drop(): Promise<void>;
}

/** Databases that tests of this process no longer use, emptied like fresh ones. A new one takes ten times as long. */
const spare: string[] = [];
let fresh: Promise<string> | undefined;

/** A fresh database with the schema and no rows, for one test alone; or a copy of one that nobody is connected to. */
export async function testDatabase(copied?: string): Promise<TestDatabase> {
  const name = (copied === undefined ? spare.pop() : undefined) ?? (await newDatabase(copied));
  let dropped: Promise<void> | undefined;
  return { url: urlOf(name), drop: () => (dropped ??= copied === undefined ? recycle(name) : remove(name)) };
}

async function newDatabase(copied?: string): Promise<string> {
  const name = newName();
  await createFrom(copied === undefined ? TEMPLATE : new URL(copied).pathname.slice(1), name);
  if (copied === undefined) await (fresh ??= stateOf(urlOf(name)));
  return name;
}

/** Keeps it under another name, so that late connections by the old name fail. */
async function recycle(name: string): Promise<void> {
  const renamed = newName();
  try {
    await endConnections(name);
    await administer(`ALTER DATABASE ${name} RENAME TO ${renamed}`);
  } catch {
    // Somebody connects again and again.
    return remove(name);
  }
  if (await clean(urlOf(renamed), await fresh!)) spare.push(renamed);
  else await remove(renamed);
}

async function endConnections(name: string): Promise<void> {
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
  while ((await administer(end)).rows.length > 0) await administer('SELECT pg_sleep(0.005)');
}

const newName = (): string => `test_${randomBytes(6).toString('hex')}`;

const urlOf = (name: string): string => onDatabase(stackEnv().DATABASE_URL, name);

async function remove(name: string): Promise<void> {
  await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** All addresses of the shared stack, under the names that the processes read. */
export function stackEnv(): StackEnvironment {
  return inject('stackEnv');
}

/** host:port of the shared Temporal dev server; take a task queue and workflow ids of your own. */
export function temporalAddress(): string {
  return stackEnv().TEMPORAL_ADDRESS;
}

/** URL of the shared DynamoDB; take tables of your own. Region and keys are in stackEnv(). */
export function dynamodbEndpoint(): string {
  return stackEnv().DYNAMODB_ENDPOINT;
}

/** For `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`. */
export function timeSkippingServerPath(): string {
  return inject('timeSkippingServer');
}

async function createFrom(template: string, name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      return;
    } catch (error) {
      // 55006: the template has a connection. A connection ends a moment after its client has closed it.
      if (tries === 20 || (error as pg.DatabaseError).code !== '55006') throw error;
      await systemClock.sleep(100);
    }
  }
}

/** One connection for all databases that this process makes and removes. */
let administrators: pg.Pool | undefined;

function administer(statement: string): Promise<pg.QueryResult> {
  administrators ??= new pg.Pool({
    connectionString: stackEnv().DATABASE_URL,
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  }).on('error', () => undefined);
  return administrators.query(statement);
}
