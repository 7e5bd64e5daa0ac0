import pg from 'pg';
import {
  addSampleUsers,
  createProduct,
  openProduct,
  type Product,
} from '../../dev/sample/onboarding/product.js';
import type { Stack } from '../../dev/servers/stack.js';
import { openRedis } from '../../gateways/redis/client.js';
import { type Carryover, startCarryover } from '../world/carryover.js';

const ROOT = '/api/v1/onboarding/migration';
const LOOK_MS = 100;

export interface BenchProduct {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly pool: Product;
  drop(): Promise<void>;
}

let made = 0;

/** A product with so many legacy users, in a database and a part of Redis of its own, with all data flushed. */
export async function newProduct(stack: Stack, users: number): Promise<BenchProduct> {
  made += 1;
  const name = `product_${process.pid}_${made}`;
  const databaseUrl = await createProduct(stack.env.DATABASE_URL, name);
  const pool = openProduct(databaseUrl);
  await addSampleUsers(pool, { from: 0, to: users }, { seed: made });
  await pool.query('VACUUM ANALYZE users, workspaces');
  await pool.query('CHECKPOINT');
  const redisUrl = stack.redisUrl ?? '';
  return {
    databaseUrl,
    redisUrl,
    prefix: `${name}:`,
    pool,
    async drop() {
      await pool.end();
      const redis = openRedis(redisUrl);
      await redis.call('FLUSHALL');
      await redis.close();
      const client = new pg.Client({ connectionString: stack.env.DATABASE_URL });
      await client.connect();
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await client.end();
    },
  };
}

/** The shipped API and a worker that migrate the product's users. */
export function carryoverOf(
  { env }: Stack,
  { databaseUrl, redisUrl, prefix }: BenchProduct,
): Promise<Carryover> {
  return startCarryover(env, [], {
    environment: {
      ONBOARDING_DATABASE_URL: databaseUrl,
      ONBOARDING_REDIS_URL: redisUrl,
      ONBOARDING_REDIS_PREFIX: prefix,
    },
  });
}

export interface Ended {
  readonly migration_id: string;
  readonly status: string;
  readonly total_users: number;
  readonly migrated_users: number;
  readonly failed_users: number;
  readonly skipped_users: number;
  readonly processing_time_ms: number;
}

/** Migrates all users. Calls `look` meanwhile, with how many are done. */
export async function migrateAll(carryover: Carryover, look?: (done: number) => void): Promise<Ended> {
  const { migration_id: id } = await ask<{ migration_id: string }>(carryover, 'POST', '/migrate', {
    all: true,
  });
  for (;;) {
    const view = await ask<Ended>(carryover, 'GET', `/migrations/${id}?limit=1`);
    look?.(view.migrated_users + view.failed_users + view.skipped_users);
    if (view.status !== 'running') return view;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Throws if it is refused. */
export async function ask<Answer>(
  { url, token }: Carryover,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(`${url}${ROOT}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
}
