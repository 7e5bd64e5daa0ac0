import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import type { DataFolder } from '../../dev/servers/data-folder.js';
import { memoryFolder } from '../../dev/servers/memory-folder.js';
import { startPostgres } from '../../dev/servers/postgres/postgres.js';
import type { PostgresServer } from '../../dev/servers/postgres/postgres.js';
import { identify } from '../../dev/servers/processes.js';
import { applyMigrations } from '../../gateways/store/sql/migrate.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { ImportWorld } from '../activities/conversations/import/import-world.js';
import { until } from '../e2e/carryover.js';

const BRAND = 'br_1_1';
const PAGE = 20;
const MESSAGES = 800;
/** No cuts: one slice of many pages. */
const UNCUT = { maxSlices: 2 };
/** Before these batches PostgreSQL dies; at every other one the batch is already on its way. */
const DEADLY = [6, 13, 20, 27, 34];

let folder: DataFolder;
let server: PostgresServer;
let world: ImportWorld;

beforeAll(async () => {
  folder = await openDataFolder(await mkdtemp(join(await memoryFolder(), 'carryover-crashes-')));
  server = await startPostgres({ folder });
  // What is committed without waiting stays in PostgreSQL's memory for long, so that it is lost with it.
  await ask("ALTER SYSTEM SET wal_writer_delay = '10s'");
  await ask("ALTER SYSTEM SET wal_writer_flush_after = '1GB'");
  await ask('SELECT pg_reload_conf()');
});
afterAll(async () => {
  await server?.stop();
  await folder?.release();
  await rm(folder.path, { recursive: true, force: true });
});

beforeEach(async () => {
  const name = `crashes_${Math.random().toString(36).slice(2, 10)}`;
  await ask(`CREATE DATABASE ${name}`);
  const url = new URL(server.databaseUrl);
  url.pathname = `/${name}`;
  await applyMigrations(url.href);
  world = await openWorld({ url: url.href, drop: () => Promise.resolve() });
});
afterEach(() => world.close());

async function openWorld(database?: { url: string; drop(): Promise<void> }): Promise<ImportWorld> {
  const opened = await ImportWorld.open({ pageRecords: PAGE, ...(database && { database }) });
  await opened.account('acc_1', BRAND);
  await opened.putHourly(BRAND, MESSAGES);
  return opened;
}

async function ask(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** As `pg_ctl stop -m immediate` does it, and a start. */
async function crash(): Promise<void> {
  const { pid } = server;
  process.kill(pid, 'SIGQUIT');
  await until(() => identify(pid) === undefined);
  server = await startPostgres({ folder });
}

async function committedBatches(): Promise<number> {
  const [row] = await world.query<{ batches: number }>(
    'SELECT sum(batches)::integer AS batches FROM carryover.work',
  );
  return row?.batches ?? 0;
}

/** Imports while PostgreSQL dies again and again, as often as Temporal would try. Returns how many committed batches the crashes took back. */
async function importThroughCrashes(pool: Pool): Promise<number> {
  const [deadly, restarts] = [new Set(DEADLY), [] as Promise<void>[]];
  let [begun, taken] = [0, 0];
  const takingTurns = async <T>(write: () => Promise<T>): Promise<T> => {
    begun += 1;
    if (deadly.delete(begun)) {
      const before = await committedBatches();
      const restarted = crash().then(async () => void (taken += before - (await committedBatches())));
      restarts.push(restarted);
      if (begun % 2 === 0) await restarted;
    }
    return write();
  };
  const during = <T>(_: unknown, work: () => Promise<T>) => work();
  const governor = { takingTurns, during, close: () => Promise.resolve() };
  for (let attempt = 1; ; attempt += 1) {
    const environment = world.environment({ activityId: 'lane', attempt });
    const lane = world.attempt(BRAND, 'recent', UNCUT, environment, { pool, governor });
    const progress = await lane.catch((error: unknown) => {
      expect(error).toMatchObject({ type: expect.stringMatching(/^(StoreUnavailable|LeaseLost)$/) });
    });
    await Promise.all(restarts);
    if (progress?.finished === true) return taken;
  }
}

/** The world's pool, with another query in place of the one that moves a slice's cursor. */
function withAdvance(change: (query: pg.QueryConfig, connection: pg.PoolClient) => Promise<unknown>): Pool {
  return world.changing((statement, send, connection) => {
    const query = statement as pg.QueryConfig;
    return query.name === 'advance-slice' ? change(query, connection) : send();
  });
}

describe('PostgreSQL dies at once, again and again, during an import whose batches do not wait for the disk', () => {
  it('loses batches, and the import writes them again: the store equals the source', async () => {
    expect(await importThroughCrashes(world.pool)).toBeGreaterThan(0);
    expect(await world.complete(BRAND, 'recent')).toMatchObject({ tally: { messages: MESSAGES } });
    // What is completed is durable, with all that came before it.
    const held = await world.contents();
    await crash();
    expect(await world.contents()).toEqual(held);
    const undisturbed = await openWorld();
    try {
      await undisturbed.importPhase(BRAND, 'recent', UNCUT);
      await undisturbed.complete(BRAND, 'recent');
      expect(held).toEqual(await undisturbed.contents());
    } finally {
      await undisturbed.close();
    }
  });

  it.each([
    ['a cursor that is committed apart from its rows', (query: pg.QueryConfig) => world.pool.query(query)],
    [
      'a lane that does not look where its slice stands',
      ({ text, values = [] }: pg.QueryConfig, connection: pg.PoolClient) =>
        connection.query(text.replace('batches = $17 - 1', '$17::integer > 0'), values),
    ],
  ])('%s would lose messages for good', async (_, advance) => {
    await importThroughCrashes(withAdvance(advance));
    expect((await world.query('SELECT FROM messages')).length).toBeLessThan(MESSAGES);
  });
});
