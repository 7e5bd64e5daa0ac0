import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { newSourceTables } from '../../activities/conversations/import/source-tables.js';
import { type Program, printed, runProgram } from '../../support/program.js';
import { dynamodbEndpoint, stackEnv, testDatabase } from '../../support/servers.js';

/** `npm run worker` over a store, tables and a folder that the tests of a file share. */
export function workerPrograms() {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let tables: SourceTables;
  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'carryover-worker-'));
    tables = await newSourceTables();
  });
  afterAll(async () => {
    tables.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  return (more: Record<string, string> = {}): Program =>
    runProgram('worker', {
      ...stackEnv(),
      DATABASE_URL: database.url,
      DYNAMODB_ENDPOINT: dynamodbEndpoint(),
      CONVERSATIONS_THREADS_TABLE: tables.threads,
      CONVERSATIONS_MESSAGES_TABLE: tables.messages,
      CONVERSATIONS_API_URL: 'http://127.0.0.1:1',
      CONVERSATIONS_API_TOKEN: 'token',
      CARRIER_API_URL: 'http://127.0.0.1:1',
      CARRIER_API_TOKEN: 'token',
      PUBLIC_URL: 'http://127.0.0.1:1',
      ATTACHMENTS_URL: pathToFileURL(folder).href,
      ATTACHMENT_HOSTS: '127.0.0.1:1',
      ...more,
    });
}

export const readiness = async (url: string) => {
  const answer = await fetch(`${url}/readyz`);
  const body = (await answer.json()) as { checks: Record<string, string>; details: string[] };
  return { ...body, status: answer.status };
};
export const statusUrl = async (program: Program) =>
  (await printed(program, /"url":"(http:[^"]+)"/))[1] ?? '';
