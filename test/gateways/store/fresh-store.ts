import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openStore } from '../../../gateways/store/connect.js';
import type { Store } from '../../../gateways/store/connect.js';
import { applyMigrations } from '../../../gateways/store/migrate.js';

const SERVER = 'postgres://postgres@127.0.0.1:55432/postgres';

export async function emptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `cp_${randomUUID().replaceAll('-', '')}`;
  await onServer(`CREATE DATABASE ${name}`);
  return {
    url: SERVER.replace(/postgres$/, name),
    drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

export interface FreshStore extends Store {
  readonly url: string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** A store of its own with the schema in it; dropped when it is closed. */
export async function freshStore(): Promise<FreshStore> {
  const database = await emptyDatabase();
  await applyMigrations(database.url);
  const store = openStore(database.url);
  const close = async (): Promise<void> => {
    await store.close();
    await database.drop();
  };
  return { ...store, url: database.url, close, [Symbol.asyncDispose]: close };
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
