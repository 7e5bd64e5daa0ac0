import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { testDatabase } from '../../../support/servers.js';

/** Answers queries from a PostgreSQL database of the test file's own, on one connection. */
export function storeOfThisFile(): { query: pg.Client['query'] } {
  let client: pg.Client;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const database = await testDatabase();
    drop = database.drop;
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await drop();
  });
  return {
    query: ((...args: Parameters<pg.Client['query']>) => client.query(...args)) as pg.Client['query'],
  };
}
