import pg from 'pg';
import { applyMigrations } from '../../gateways/store/sql/migrate.js';

export interface BenchDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Drops the database. */
  drop(): Promise<void>;
}

let made = 0;

/** Creates a database with the store's schema on the stack's server, which has nothing left to write when this returns. */
export async function newDatabase(stackUrl: string): Promise<BenchDatabase> {
  made += 1;
  const name = `bench_${process.pid}_${made}`;
  const url = new URL(stackUrl);
  url.pathname = `/${name}`;
  await once(stackUrl, `CREATE DATABASE ${name}`);
  await applyMigrations(url.href);
  await once(stackUrl, 'CHECKPOINT');
  // It only observes; an import should not give way to it.
  const pool = new pg.Pool({ connectionString: url.href, max: 2, application_name: 'carryover-bench' });
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await once(stackUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
