import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createTables } from '../../../dev/sample/onboarding/product.js';
import { openDataFolder } from '../../../dev/servers/data-folder.js';
import { type RedisServer, startRedis } from '../../../dev/servers/redis/redis.js';
import { KEY_NAMES, keyOf } from '../../../domain/onboarding/keys.js';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { type OpenOnboarding, openOnboarding } from '../../../gateways/onboarding/open.js';
import { type Redis, openRedis } from '../../../gateways/redis/client.js';
import { type TestDatabase, testDatabase } from '../servers.js';

export interface TestRedis extends RedisServer {
  /** Starts it again at the same address, with its persisted data. */
  restart(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): void;
  remove(): Promise<void>;
}

/** A Redis of its own, for tests that flush, kill or freeze it. */
export async function testRedis(durable = false): Promise<TestRedis> {
  const path = await mkdtemp(join(tmpdir(), 'carryover-redis-'));
  const folder = await openDataFolder(path, () => undefined);
  let server = await startRedis({ folder, durable });
  return {
    ...server,
    async restart() {
      await server.stop().catch(() => undefined);
      server = await startRedis({ folder, durable });
    },
    kill: () => void process.kill(server.pid, 'SIGKILL'),
    async remove() {
      await server.stop().catch(() => undefined);
      await folder.release();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** The product: its database, its Redis, and people who use it. */
export class Product {
  private constructor(
    readonly database: TestDatabase,
    readonly url: string,
    readonly redisUrl: string,
    readonly prefix: string,
    readonly pool: pg.Pool,
    readonly redis: Redis,
  ) {}

  static async open(redisUrl: string, prefix = `p${randomUUID().slice(0, 8)}:`): Promise<Product> {
    const database = await testDatabase();
    const url = withSearchPath(database.url);
    const own = new pg.Pool({ connectionString: url, max: 6 });
    own.on('error', () => undefined);
    await own.query('CREATE SCHEMA product');
    await createTables(own);
    return new Product(database, url, redisUrl, prefix, own, openRedis(redisUrl));
  }

  /** As a worker or the API opens it. */
  stores(name = 'onboarding-test'): OpenOnboarding {
    const settings = {
      databaseUrl: this.url,
      redisUrl: this.redisUrl,
      prefix: this.prefix,
      ttlSeconds: 1_000,
    };
    return openOnboarding(settings, name);
  }

  async query<Row extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** A user with a workspace unless `workspaces` says how many. Columns that are left out are those of somebody at step `brand`. */
  async addUser({ workspaces = 1, ...given }: NewUser = {}): Promise<string> {
    const user = { ...USUAL, id: randomUUID(), ...given };
    await this.query(
      `INSERT INTO users (id, email, full_name, onboarding_status, onboarding_step, has_completed_onboarding, preferences, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9)`,
      user.id,
      user.email,
      user.name,
      user.status,
      user.step,
      user.hasCompleted,
      user.preferences,
      user.createdAt,
      user.updatedAt,
    );
    for (let at = 0; at < workspaces; at += 1)
      await this.query(
        `INSERT INTO workspaces (owner_id, name, created_at) VALUES ($1, 'w', $2)`,
        user.id,
        `2026-01-0${at + 1}`,
      );
    return user.id;
  }

  /** The session's keys, by the suffix after its id. */
  async keysOf(userId: string): Promise<Record<string, string>> {
    const names = KEY_NAMES.map((name) => keyOf(this.prefix, sessionIdOf(userId), name));
    const values = await this.redis.call<(string | null)[]>('MGET', ...names);
    return Object.fromEntries(
      KEY_NAMES.flatMap((name, at) => (values[at] === null ? [] : [[name, values[at]!]])),
    );
  }

  /** Everything with the product's prefix, fences included. */
  allKeys(): Promise<string[]> {
    return this.redis.call<string[]>('KEYS', `${this.prefix}*`);
  }

  setKey(userId: string, name: string, value: string): Promise<unknown> {
    return this.redis.call('SET', keyOf(this.prefix, sessionIdOf(userId), name), value);
  }

  /** All rows about a user, for a comparison of before and after. */
  async rowsOf(userId: string) {
    const [[user], sessions, steps, manifests, log] = await Promise.all([
      this.query(`SELECT to_jsonb(u)::text AS row FROM users u WHERE id = $1`, userId),
      this.query(`SELECT * FROM onboarding_sessions WHERE user_id = $1`, userId),
      this.query(
        `SELECT st.*, st.step_data::text AS data FROM onboarding_steps st JOIN onboarding_sessions s ON s.id = st.session_id
         WHERE s.user_id = $1 ORDER BY step_number`,
        userId,
      ),
      this.query(
        `SELECT m.*, m.manifest_json::text AS json FROM business_context_manifests m
         WHERE workspace_id IN (SELECT id FROM workspaces WHERE owner_id = $1) ORDER BY generated_at, version`,
        userId,
      ),
      this.query(
        `SELECT * FROM onboarding_migration_log WHERE source_user_id = $1 ORDER BY started_at`,
        userId,
      ),
    ]);
    return { user: user?.['row'] as string | undefined, sessions, steps, manifests, log };
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.redis.close();
    await this.database.drop();
  }
}

export interface NewUser {
  readonly id?: string;
  readonly email?: string | null;
  readonly name?: string | null;
  readonly status?: string | null;
  readonly step?: string | null;
  readonly hasCompleted?: boolean | null;
  /** JSON text. */
  readonly preferences?: string | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
  readonly workspaces?: number;
}

const USUAL = {
  email: 'ada@lakeside.example',
  name: 'Lakeside Dental',
  status: 'active',
  step: 'brand',
  hasCompleted: false,
  preferences:
    '{"theme": "dark", "onboarding": {"welcome": {"a": 1}, "brand": {"n": 12345678901234567890.10}, "gap": {"later": 1}}}',
  createdAt: '2026-01-02 03:04:05.678901+00',
  updatedAt: '2026-02-03 04:05:06.000007+00',
};

function withSearchPath(url: string): string {
  const found = new URL(url);
  found.searchParams.set('options', '-c search_path=product');
  return found.toString();
}
