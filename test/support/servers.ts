import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { onDatabase, TEMPLATE } from './databases.js';
import { systemClock } from '../../gateways/clock.js';

export interface TestDatabase {
  url: string;
  /** Removes it, ending the connections that are left to it. A second call does nothing. */
  drop(): Promise<void>;
}

/** A fresh database with the schema and no rows, for one test alone; or a copy of one that nobody is connected to. */
export async function testDatabase(copied?: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createFrom(copied === undefined ? TEMPLATE : new URL(copied).pathname.slice(1), name);
  return {
    url: onDatabase(stackEnv().DATABASE_URL, name),
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
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
      // A checkpoint costs less here than writing every block of the template to the log.
      return await administer(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
    } catch (error) {
      // 55006: somebody is connected to the template, as autovacuum is for moments.
      if (tries === 20 || (error as pg.DatabaseError).code !== '55006') throw error;
      await systemClock.sleep(100);
    }
  }
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: stackEnv().DATABASE_URL });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
