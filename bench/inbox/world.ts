import pg from 'pg';
import { generateChatwoot, SAMPLE } from '../../dev/sample/chatwoot/generate.js';
import { chatwootSchema } from '../../dev/sample/chatwoot/schema.js';
import { migrateChatwoot } from '../../gateways/chatwoot/schema/migrate.js';
import { sharedStack } from '../world/stack.js';

export interface BenchChatwoot {
  readonly url: string;
  readonly pool: pg.Pool;
  /** In the source, before anything moves. */
  readonly conversations: number;
  readonly messages: number;
  drop(): Promise<void>;
}

export interface BenchInboxes {
  /** A copy with nothing moved, and all data flushed. */
  copy(): Promise<BenchChatwoot>;
  drop(): Promise<void>;
}

/** A Chatwoot database whose source has about 1.7 conversations for each contact, and so many messages for each conversation. */
export async function benchInboxes(contacts: number, messages: number): Promise<BenchInboxes> {
  const { env } = await sharedStack();
  const template = `bench_chatwoot_${process.pid}_${contacts}`;
  await once(env.DATABASE_URL, `CREATE DATABASE ${template} TEMPLATE template0`);
  const filling = new pg.Pool({ connectionString: on(env.DATABASE_URL, template), max: 1 });
  await filling.query(await chatwootSchema());
  await generateChatwoot(filling, { seed: 1, contacts, source: 'cloud', destination: 'dialog', messages });
  await migrateChatwoot(filling);
  await filling.query('VACUUM ANALYZE');
  const { rows } = await filling.query<{ conversations: number; messages: number }>(
    `SELECT (SELECT count(*) FROM public.conversations WHERE inbox_id = $1)::integer AS conversations,
       (SELECT count(*) FROM public.messages m JOIN public.conversations c ON c.id = m.conversation_id WHERE c.inbox_id = $1)::integer AS messages`,
    [SAMPLE.source],
  );
  await filling.end();
  let copies = 0;
  return {
    async copy() {
      copies += 1;
      const name = `${template}_${copies}`;
      await once(env.DATABASE_URL, `CREATE DATABASE ${name} TEMPLATE ${template}`);
      await once(env.DATABASE_URL, 'CHECKPOINT');
      const url = on(env.DATABASE_URL, name);
      const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'carryover-bench' });
      pool.on('error', () => undefined);
      return {
        ...{ url, pool, conversations: rows[0]?.conversations ?? 0, messages: rows[0]?.messages ?? 0 },
        async drop() {
          await pool.end();
          await once(env.DATABASE_URL, `DROP DATABASE ${name} WITH (FORCE)`);
        },
      };
    },
    drop: () => once(env.DATABASE_URL, `DROP DATABASE ${template} WITH (FORCE)`),
  };
}

function on(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
