import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyMigrations } from '../../../../gateways/store/sql/migrate.js';
import { emptyDatabase } from '../fresh-store.js';

const UNITS = '20261128211000_work';

/** An import that is under way, a verification that repairs, and one that was forgotten. */
const ROWS = `
  INSERT INTO accounts (source_id, name, migration) VALUES ('acc_1', 'x', '{"status":"migrating"}'), ('acc_here', 'x', NULL);
  INSERT INTO brands (account_id, source_id, name) SELECT id, 'br_' || source_id, 'x' FROM accounts;
  INSERT INTO verifications (id, account_id, repair, asked_by) OVERRIDING SYSTEM VALUE SELECT 7, id, true, 'ann' FROM accounts LIMIT 1;
  INSERT INTO import_phases (brand_id, phase, planned_by, ranges)
  SELECT b.id, phase, 'run', '[{"source": "recent-threads", "lower": null, "upper": "\\"k\\""}]'
  FROM brands b, unnest(ARRAY['recent', 'verify:7:1', 'verify:7:2', 'verify:6:1']) AS phase WHERE b.source_id = 'br_acc_1';
  INSERT INTO import_slices
    (brand_id, phase, source, lower_key, cursor, done, lease, leased_by, batches, read, taken, quarantined, digest, attachments)
  SELECT b.id, s.* FROM brands b, (VALUES
    ('recent', 'recent-threads', NULL, NULL, true, 1, NULL, 1, 5, 4, 1, 77, 0),
    ('recent', 'messages', '"k"', '"c"', false, 3, 'lane#1', 2, 20, 20, 0, -88, 6),
    ('recent', 'messages', NULL, NULL, false, 0, NULL, 0, 0, 0, 0, 0, 0),
    ('recent', 'looked-up-threads', NULL, NULL, true, 0, NULL, 0, 2, 2, 0, 9, 0),
    ('recent', 'messages', NULL, NULL, true, 0, 'retried', 0, 0, 1, -1, 11, 0),
    ('verify:7:1', 'verified-messages', NULL, NULL, true, 1, NULL, 1, 20, 20, 0, 1, 0),
    ('verify:7:2', 'verified-threads', NULL, NULL, false, 0, NULL, 0, 0, 0, 0, 0, 0),
    ('verify:6:1', 'verified-threads', NULL, NULL, true, 1, NULL, 1, 3, 3, 0, 0, 0)
  ) AS s WHERE b.source_id = 'br_acc_1'`;

let database: Awaited<ReturnType<typeof emptyDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await emptyDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'carryover-earlier-'));
  await cp('prisma/migrations', folder, { recursive: true });
  for (const name of await readdir(folder))
    if (name >= UNITS && name < 'm') await rm(join(folder, name), { recursive: true });
  await applyMigrations(database.url, { folder });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(ROWS);
  await applyMigrations(database.url);
  await rm(folder, { recursive: true });
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const lines = async (sql: string): Promise<string[]> => {
  const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
  return rows.map((row) => row.join(' '));
};

test('brands of accounts that are migrated are units', async () => {
  expect(
    await lines(
      `SELECT m.kind, m.subject, u.key FROM carryover.migrations m JOIN carryover.units u ON u.migration_id = m.id
       JOIN brands b ON b.unit_id = u.id`,
    ),
  ).toEqual(['conversations acc_1 br_acc_1']);
});

test('phases keep what they know, under their pass and run', async () => {
  expect(
    await lines(
      `SELECT pass, run, phase, planned_by, digest_version, ranges FROM carryover.phases ORDER BY run, pass`,
    ),
  ).toEqual([
    expect.stringMatching(/^copy 0 recent run 2 /),
    expect.stringMatching(/^repair 7 all run 2 /),
    expect.stringMatching(/^verify 7 all run 2 /),
  ]);
  const { rows } = await client.query<{ ranges: unknown }>('SELECT ranges FROM carryover.phases LIMIT 1');
  expect(rows[0]?.ranges).toEqual([{ stage: 'threads', lower: null, upper: '"k"' }]);
});

test('slices keep ids, cursors and leases; what they counted, and corrections, are tallies', async () => {
  expect(
    await lines(
      `SELECT id, pass, phase, stage, cursor, done, lease, leased_by, batches, read FROM carryover.work ORDER BY id`,
    ),
  ).toEqual([
    '1 copy recent threads  true 1  1 5',
    '2 copy recent messages "c" false 3 lane#1 2 20',
    '3 copy recent messages  false 0  0 0',
    '6 repair all messages  true 1  1 20',
    '7 verify all threads  false 0  0 0',
  ]);
  expect(
    await lines(
      `SELECT pass, stage, slice_id, read, taken, quarantined, digest, parts FROM carryover.tallies ORDER BY id`,
    ),
  ).toEqual([
    'copy threads 1 5 4 1 77 0',
    'copy messages 2 20 20 0 -88 6',
    'copy threads  2 2 0 9 0',
    'copy messages  0 1 -1 11 0',
    'repair messages 6 20 20 0 1 0',
  ]);
  // The next slice takes no id that is taken.
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO carryover.work (unit_id, pass, run, phase, stage)
     SELECT unit_id, pass, run, phase, 'messages' FROM carryover.phases LIMIT 1 RETURNING id`,
  );
  expect(Number(rows[0]?.id)).toBeGreaterThan(7);
});
