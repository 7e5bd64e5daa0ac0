import type pg from 'pg';
import { ask } from './ask.js';
import { pendingMigrations } from './schema.js';

/** What operators see of the store as a server. */
export interface StoreFacts {
  readonly version: string;
  /** SQL migrations of this release that are not applied. */
  readonly pending: number;
  /** To this database, by all roles that this one may see. */
  readonly connections: number;
  readonly replicas: readonly { readonly name: string; readonly lagSeconds: number | null }[];
  readonly sizeBytes: number;
}

const TIMEOUT_MS = 5_000;

const FACTS = `
  SELECT current_setting('server_version') AS version,
    (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    pg_database_size(current_database())::float8 AS "sizeBytes",
    coalesce((SELECT jsonb_agg(jsonb_build_object('name', coalesce(application_name, ''), 'lagSeconds', extract(epoch FROM replay_lag)) ORDER BY application_name)
      FROM pg_stat_replication), '[]') AS replicas`;

/** Throws StoreUnavailable. */
export async function readStoreFacts(pool: Pick<pg.Pool, 'query'>): Promise<StoreFacts> {
  const [[facts], pending] = await Promise.all([
    ask<Omit<StoreFacts, 'pending'>>(pool, { text: FACTS, query_timeout: TIMEOUT_MS } as pg.QueryConfig),
    pendingMigrations(pool, TIMEOUT_MS),
  ]);
  if (facts === undefined) throw new Error('The store answers without a row.');
  return { ...facts, pending: pending.length };
}
