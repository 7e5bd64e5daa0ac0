import type pg from 'pg';
import { storeError } from './errors.js';

/** The store's own report on itself and on the current role. */
export interface StoreFacts {
  readonly role: string;
  /** PostgreSQL's `server_version_num`: 150004. */
  readonly version: number;
  /** A replica, or a server that was made read-only. */
  readonly isReadOnly: boolean;
  readonly maxConnections: number;
  /** Connections that are free for a role without special rights. */
  readonly freeConnections: number;
  /** `fsync` and `full_page_writes`, without which a crash may lose committed data. */
  readonly unsafe: readonly string[];
  /** Seconds since the epoch, by the server's clock. */
  readonly now: number;
}

const FACTS = `
  SELECT current_user AS role, current_setting('server_version_num')::int AS version,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "isReadOnly",
    current_setting('max_connections')::int AS "maxConnections",
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS "freeConnections",
    array_remove(ARRAY[CASE current_setting('fsync') WHEN 'off' THEN 'fsync' END,
      CASE current_setting('full_page_writes') WHEN 'off' THEN 'full_page_writes' END], NULL) AS unsafe,
    extract(epoch FROM clock_timestamp())::float8 AS now`;

/** The tables of `carryover` whose rows only workers need. */
const OF_WORKERS = ['signing_keys', 'store_identity'];
/** The helpdesk's tables that Carryover writes. `public` may have others. */
const OF_HELPDESK =
  'accounts attachments brands channels contacts message_threads messages phone_portings quarantined_records thread_sources'.split(
    ' ',
  );

/** Rights on each of Carryover's tables that the role lacks: everything on its rows, except where only workers have rights. */
const LACKING = `
  SELECT format('%I.%I', schemaname, tablename) AS name, array_agg(wanted ORDER BY wanted) AS lacking
  FROM pg_tables
  CROSS JOIN unnest(ARRAY['DELETE', 'INSERT', 'SELECT', 'UPDATE']) AS wanted
  WHERE (schemaname = 'carryover' AND NOT tablename = ANY ($1) OR schemaname = 'public' AND tablename = ANY ($2))
    AND NOT (has_schema_privilege(schemaname, 'USAGE')
      AND has_table_privilege(format('%I.%I', schemaname, tablename), wanted))
  GROUP BY 1 ORDER BY 1`;

export interface LackingRights {
  readonly name: string;
  readonly lacking: readonly string[];
}

/** Throws CarryoverError `StoreUnavailable` or `Unexpected`. */
export async function inspectStore(pool: pg.Pool, timeoutMs: number): Promise<StoreFacts> {
  return first<StoreFacts>(pool, { text: FACTS, query_timeout: timeoutMs });
}

/** Throws as `inspectStore` does. */
export async function lackingRights(pool: pg.Pool, timeoutMs: number): Promise<readonly LackingRights[]> {
  try {
    const query = { text: LACKING, values: [OF_WORKERS, OF_HELPDESK], query_timeout: timeoutMs };
    return (await pool.query<LackingRights>(query)).rows;
  } catch (error) {
    throw storeError(error);
  }
}

async function first<Row extends object>(
  pool: pg.Pool,
  query: { readonly text: string; readonly query_timeout: number },
): Promise<Row> {
  try {
    const { rows } = await pool.query<Row>(query);
    if (rows[0] === undefined) throw new Error('The store answered no row.');
    return rows[0];
  } catch (error) {
    throw storeError(error);
  }
}
