import type pg from 'pg';
import { withClient } from './databases.js';

/** Larger tables leave files behind that the planner takes for rows. */
const LARGEST_TABLE_BYTES = 1024 * 1024;

const OURS = `('public'::regnamespace, 'carryover'::regnamespace)`;

/**
 * Equal for two databases with the same schema and settings, in which nothing was analysed and no table is large. A row of the catalog that
 * was changed has another xmin.
 */
const STATE = `
  SELECT concat_ws(' ',
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_namespace WHERE nspname !~ '^pg_'),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint), '/', bool_or(pg_relation_size(oid) > ${LARGEST_TABLE_BYTES}))
       FROM pg_class WHERE relnamespace IN ${OURS}),
    (SELECT concat(count(*), '/', sum(a.xmin::text::bigint)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace IN ${OURS}),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_proc WHERE pronamespace IN ${OURS}),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM pg_constraint WHERE connamespace IN ${OURS}),
    (SELECT concat(count(*), '/', sum(t.xmin::text::bigint)) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace IN ${OURS}),
    (SELECT count(*) FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid WHERE c.relnamespace IN ${OURS}),
    (SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()),
    (SELECT string_agg(xmin::text, ',') FROM carryover.store_identity),
    (SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM _prisma_migrations)) AS state`;

/** Tables that a fresh database has rows in; STATE tells when they have changed. */
const FILLED = `('carryover.store_identity', 'public._prisma_migrations')`;

/** Tables that have ever held rows; planning a statement for each of the others would take longer than emptying these. */
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.oid IN ${OURS} AND pg_relation_size(c.oid) > 0 AND format('%s.%s', n.nspname, c.relname) NOT IN ${FILLED}`;

const RESTARTED_SEQUENCES = `
  SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences WHERE last_value IS NOT NULL`;

/** What `clean` compares with. */
export async function stateOf(url: string): Promise<string> {
  return withClient(url, readState);
}

/**
 * Removes all rows from a database without connections, so that it is like a fresh one. Returns false, and changes nothing, if anything else in it
 * has changed.
 */
export async function clean(url: string, fresh: string): Promise<boolean> {
  return withClient(url, async (client) => {
    if ((await readState(client)) !== fresh) return false;
    const { rows } = await client.query<{ name: string }>(TABLES);
    // Without foreign keys and triggers.
    const removals = rows.map(({ name }) => `DELETE FROM ${name};`).join('');
    await client.query(`SET session_replication_role = replica; ${removals} ${RESTARTED_SEQUENCES}`);
    return true;
  });
}

async function readState(client: pg.Client): Promise<string> {
  return (await client.query<{ state: string }>(STATE)).rows[0]!.state;
}
