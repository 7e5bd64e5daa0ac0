import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openStore } from '../../../gateways/store/sql/connect.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { type Transaction, transaction } from '../../../gateways/store/sql/transaction.js';
import { onDatabase } from '../../support/databases.js';
import { stackEnv, testDatabase } from '../../support/servers.js';

/** A database without the schema. */
export async function emptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  return {
    url: onDatabase(stackEnv().DATABASE_URL, name),
    drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

export interface FreshStore extends Store {
  readonly url: string;
  /** In a transaction of its own. */
  within<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** A store of its own with the schema in it; dropped when it is closed. */
export async function freshStore(): Promise<FreshStore> {
  const database = await testDatabase();
  const store = openStore(database.url);
  const close = async (): Promise<void> => {
    await store.close();
    await database.drop();
  };
  return {
    ...store,
    url: database.url,
    within: (work) => transaction(store.control, 'test', work),
    close,
  };
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: stackEnv().DATABASE_URL });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
