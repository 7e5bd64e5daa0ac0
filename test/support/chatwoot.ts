import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { type ChatwootSample, generateChatwoot } from '../../dev/sample/chatwoot/generate.js';
import { chatwootSchema } from '../../dev/sample/chatwoot/schema.js';
import { migrateChatwoot } from '../../gateways/chatwoot/schema/migrate.js';
import { VERSIONS } from '../../gateways/chatwoot/schema/versions.js';
import { onDatabase, withClient } from './databases.js';
import { stackEnv } from './servers.js';

export interface ChatwootDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  drop(): Promise<void>;
}

/** A Chatwoot database of one test's own, with Carryover's schema; filled, if there is a sample. */
export async function chatwootDatabase(
  sample?: ChatwootSample,
  { migrated = true } = {},
): Promise<ChatwootDatabase> {
  const name = `chatwoot_${randomBytes(6).toString('hex')}`;
  const administration = stackEnv().DATABASE_URL;
  const template = migrated ? await (made ??= makeTemplate(administration)) : 'template0';
  await withClient(administration, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = onDatabase(administration, name);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  if (!migrated) await pool.query(await chatwootSchema());
  if (sample) await generateChatwoot(pool, sample);
  return {
    url,
    pool,
    async drop() {
      await pool.end();
      await withClient(administration, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      );
    },
  };
}

let made: Promise<string> | undefined;

/** The empty database that the others are copies of, made once for all processes of a run. Nobody stays connected to it. */
async function makeTemplate(administration: string): Promise<string> {
  const schema = await chatwootSchema();
  const digest = createHash('sha256')
    .update([schema, ...VERSIONS].join())
    .digest('hex')
    .slice(0, 12);
  const name = `chatwoot_template_${digest}`;
  await withClient(administration, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('${name}'))`);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 1) return;
    await client.query(`DROP DATABASE IF EXISTS ${name}_unfinished WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}_unfinished TEMPLATE template0`);
    const pool = new pg.Pool({ connectionString: onDatabase(administration, `${name}_unfinished`), max: 1 });
    await pool.query(schema);
    await migrateChatwoot(pool);
    await pool.end();
    await client.query(`ALTER DATABASE ${name}_unfinished RENAME TO ${name}`);
  });
  return name;
}

/** The rows of all of Chatwoot's tables as text, by table. */
export async function rowsOf(
  pool: pg.Pool,
  tables?: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows: found } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const all: Record<string, readonly string[]> = {};
  for (const { name } of found) {
    if (tables && !tables.includes(name)) continue;
    const { rows } = await pool.query<{ row: string }>(
      `SELECT t::text AS row FROM public.${name} t ORDER BY 1`,
    );
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}
