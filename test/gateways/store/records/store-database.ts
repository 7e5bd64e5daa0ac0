import fc from 'fast-check';
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

const BATCH = 100;

/** Checks so many values, a hundred at once: a statement for each would take a hundred times as long. */
export async function inBatches<Value>(
  values: fc.Arbitrary<Value>,
  count: number,
  check: (batch: readonly Value[]) => Promise<void>,
): Promise<void> {
  const batch = fc.array(values, { minLength: BATCH, maxLength: BATCH });
  await fc.assert(fc.asyncProperty(batch, check), { numRuns: count / BATCH });
}

/** The values column by column, as `unnest` takes them. */
export function columnsOf(rows: readonly (readonly unknown[])[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}
