import pg from 'pg';
import { type ChatwootSample, generateChatwoot } from './generate.js';
import { chatwootSchema } from './schema.js';

const NAME = 'chatwoot_sample';

/** Creates a Chatwoot database beside the store's, replacing an existing one, and returns its address. */
export async function sampleChatwoot(storeUrl: string, sample: ChatwootSample): Promise<string> {
  await once(storeUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${NAME} TEMPLATE template0`);
  });
  const url = new URL(storeUrl);
  url.pathname = `/${NAME}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  try {
    await pool.query(await chatwootSchema());
    await generateChatwoot(pool, sample);
  } finally {
    await pool.end();
  }
  return url.href;
}

async function once(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
