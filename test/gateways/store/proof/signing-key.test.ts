import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Statement } from '../../../../domain/engine/proof/certificate.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { applyMigrations } from '../../../../gateways/store/sql/migrate.js';
import { readStoreId, signStatement } from '../../../../gateways/store/proof/signing-key.js';
import { emptyDatabase } from '../fresh-store.js';

const reader = `reader_${randomBytes(4).toString('hex')}`;

let database: Awaited<ReturnType<typeof emptyDatabase>>;

/** A store that is made where a reader may read all tables there will be. */
beforeAll(async () => {
  database = await emptyDatabase();
  await query(
    database.url,
    `CREATE ROLE ${reader} LOGIN PASSWORD 'reads';
     ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${reader};
     ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ${reader};`,
  );
  await applyMigrations(database.url);
});
afterAll(async () => {
  await query(database.url, `DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  await database.drop();
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const asReader = (sql: string) => {
  const url = new URL(database.url);
  url.username = reader;
  url.password = 'reads';
  return query(url.href, sql);
};

test('a role that may read everything in public cannot read the signing key', async () => {
  expect(await asReader('SELECT * FROM messages')).toEqual([]);
  for (const table of ['signing_keys', 'store_identity', 'certificates'])
    await expect(asReader(`SELECT * FROM carryover.${table}`)).rejects.toThrow(/permission denied/);
  await query(database.url, `GRANT USAGE ON SCHEMA carryover TO ${reader}`);
  await expect(asReader('SELECT * FROM carryover.signing_keys')).rejects.toThrow(
    /permission denied for table/,
  );
});

test('every store has its own id', async () => {
  const other = await emptyDatabase();
  await applyMigrations(other.url);
  const ids: string[] = [];
  for (const { url } of [database, other]) {
    const store = openStore(url, { controlMax: 1 });
    for (let time = 0; time < 2; time += 1) ids.push(await transaction(store.control, 'test', readStoreId));
    await store.close();
  }
  await other.drop();
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect([ids[1], ids[3]]).toEqual([ids[0], ids[2]]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('with the rights that the operators’ guide grants, workers sign and neither the API nor readers see the key', async () => {
  const suffix = randomBytes(4).toString('hex');
  const roles = ['carryover_api', 'carryover_worker', 'helpdesk_reader'] as const;
  const guide = await readFile('docs/operators.md', 'utf8');
  const [, grants = ''] = /```sql\n(GRANT USAGE ON SCHEMA public.*?)```/s.exec(guide) ?? [];
  const other = await emptyDatabase();
  await applyMigrations(other.url);
  const named = (text: string) =>
    roles.reduce((sql, role) => sql.replaceAll(role, `${role}_${suffix}`), text);
  for (const role of roles) await query(other.url, named(`CREATE ROLE ${role} LOGIN PASSWORD 'own'`));
  await query(other.url, named(grants));
  const as = async <Answer>(role: (typeof roles)[number], work: (store: Store) => Promise<Answer>) => {
    const url = new URL(other.url);
    url.username = named(role);
    url.password = 'own';
    const store = openStore(url.href, { max: 1, controlMax: 1 });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  const statement = { kind: 'carryover-migration-certificate' } as Statement;
  const signed = await as('carryover_worker', (store) =>
    transaction(store.control, 'test', (tx) => signStatement(tx, statement)),
  );
  expect(signed.signature.key_fingerprint).toMatch(/^SHA256:/);
  await as('carryover_api', (store) =>
    store.pool.query('INSERT INTO carryover.app_polls (kind, subject, polled_at) VALUES ($1, $2, now())', [
      'conversations',
      'acc_1',
    ]),
  );
  for (const [role, refused] of [
    ['carryover_api', 'table signing_keys'],
    ['helpdesk_reader', 'schema carryover'],
  ] as const) {
    await as(role, (store) => store.pool.query('SELECT FROM messages'));
    await expect(as(role, (store) => store.pool.query('SELECT FROM carryover.signing_keys'))).rejects.toThrow(
      `permission denied for ${refused}`,
    );
  }
  await expect(
    as('helpdesk_reader', (store) => store.pool.query('SELECT FROM quarantined_records')),
  ).rejects.toThrow('permission denied');
  for (const role of roles) await query(other.url, named(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  await other.drop();
});
