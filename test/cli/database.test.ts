import { afterEach, beforeEach, expect, it } from 'vitest';
import pg from 'pg';
import { runCarryover } from '../../cli/engine/program.js';
import { readMigrations } from '../../gateways/store/sql/migration-files.js';
import { emptyDatabase } from '../gateways/store/fresh-store.js';
import { systemClock } from '../../gateways/clock.js';

let database: Awaited<ReturnType<typeof emptyDatabase>>;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

async function db(args: string[], url = database.url) {
  const ran = { out: '', error: '' };
  const status = await runCarryover(['db', ...args], {
    out: { write: (text) => void (ran.out += text) },
    error: { write: (text) => void (ran.error += text) },
    environment: { DATABASE_URL: url },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { status, ...ran };
}

async function query(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

it('db migrate creates the schema, says what it applied, and finds nothing to apply the next time', async () => {
  const names = (await readMigrations()).map(({ name }) => name);
  const before = await db(['status']);
  expect(before.status).toBe(1);
  expect(before.out).toContain(`Not applied: ${names[0]}`);
  expect(before.out).toContain(`0 of ${names.length} migrations are applied`);
  expect(before.out).toContain('carryover db migrate');

  const first = await db(['migrate']);
  expect([first.status, first.error]).toEqual([0, '']);
  expect(first.out.trimEnd().split('\n')).toEqual([
    ...names.map((name) => `Applied ${name}.`),
    `The store's schema is up to date: ${names.length} migrations, ${names.length} applied now.`,
  ]);
  expect(await db(['migrate'])).toMatchObject({
    status: 0,
    out: expect.stringContaining('nothing to apply'),
  });
  expect(await db(['status'])).toMatchObject({ status: 0, out: expect.stringContaining('up to date') });
});

it('concurrent runs apply each migration once', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => db(['migrate', '--json'])));
  expect(runs.map(({ status }) => status)).toEqual([0, 0, 0]);
  const applied = runs.flatMap(({ out }) => (JSON.parse(out) as { applied_now: string[] }).applied_now);
  expect(applied.toSorted()).toEqual((await readMigrations()).map(({ name }) => name));
});

it('a migration of a newer version is reported and is not an error', async () => {
  await db(['migrate']);
  await query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    VALUES ('1', 'c', '29990101000000_from_the_future', now())`);
  const { status, out } = await db(['status']);
  expect(status).toBe(0);
  expect(out).toContain('newer version of Carryover has also applied 29990101000000_from_the_future');
  expect(JSON.parse((await db(['status', '--json'])).out)).toMatchObject({
    pending: [],
    newer: ['29990101000000_from_the_future'],
  });
});

it('a changed file, or an unfinished migration, is one sentence and status 1', async () => {
  await db(['migrate']);
  await query(`UPDATE _prisma_migrations SET checksum = 'other'`);
  expect(await db(['status'])).toMatchObject({
    status: 1,
    out: '',
    error: expect.stringMatching(/^Migration \S+ has been applied, but its file has changed since\./),
  });
  await query('UPDATE _prisma_migrations SET finished_at = NULL');
  const { status, error } = await db(['migrate']);
  expect(status).toBe(1);
  expect(error).toMatch(/was started but not finished.*UPDATE _prisma_migrations/);
  expect(error).not.toContain('    at ');
});

it('an unreachable store, or a missing database, is reported with what to do', async () => {
  expect(await db(['migrate'], 'postgresql://nobody@127.0.0.1:1/none')).toMatchObject({
    status: 1,
    error: expect.stringMatching(/^The store is unavailable \(ECONNREFUSED\)\.\n$/),
  });
  const elsewhere = new URL(database.url);
  elsewhere.pathname = '/no_such_database';
  expect(await db(['status'], elsewhere.href)).toMatchObject({
    status: 1,
    error: expect.stringContaining('the database of DATABASE_URL does not exist'),
  });
});

it.each(['', 'localhost:5432', 'mysql://store'])('DATABASE_URL "%s" ends with 78', async (url) => {
  const { status, error } = await db(['migrate'], url);
  expect(status).toBe(78);
  expect(error).toMatch(/^DATABASE_URL is (missing|wrong): .*postgresql:\/\//);
});
