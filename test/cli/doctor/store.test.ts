import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { store } from '../../../cli/doctor/checks/store.js';
import { emptyDatabase } from '../../gateways/store/fresh-store.js';
import { overTcp } from '../../support/databases.js';
import { type TestDatabase, testDatabase } from '../../support/servers.js';
import { findings, statesOf } from './doctor.js';

let database: TestDatabase;
let admin: pg.Client;
/** A role of the tests that may connect, and no more. */
const role = `doctor_${randomBytes(4).toString('hex')}`;
beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'the-password-of-the-role'`);
});
afterAll(async () => {
  await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await admin.end();
  await database.drop();
});

/** Over TCP, where the server asks for passwords. */
const as = (user: string, password: string): string => {
  const url = overTcp(database.url);
  url.username = user;
  url.password = password;
  return url.href;
};

describe('the store', () => {
  it('is fine if the schema exists and the role owns it', async () => {
    const found = await findings(store, { DATABASE_URL: database.url });
    expect(statesOf(found).filter((state) => state === 'wrong')).toEqual([]);
    expect(found.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PostgreSQL \d+ has the schema of this version\.$/),
        expect.stringContaining("has all rights on Carryover's tables"),
        expect.stringMatching(/^\d+ of \d+ connections are free/),
      ]),
    );
  });

  it('refuses a wrong password, which no finding shows', async () => {
    const found = await findings(store, { DATABASE_URL: as(role, 'not-the-password') });
    expect(found).toMatchObject([
      { state: 'wrong', what: expect.stringContaining('refuses the user or password of DATABASE_URL') },
    ]);
    expect(JSON.stringify(found)).not.toContain('not-the-password');
  });

  it('is not reached at a port where nobody listens', async () => {
    const url = overTcp(database.url);
    url.port = '9';
    expect(await findings(store, { DATABASE_URL: url.href })).toMatchObject([
      { state: 'wrong', what: expect.stringContaining('ECONNREFUSED'), fix: expect.any(String) },
    ]);
  });

  it('lacks its schema: the command that creates it is named', async () => {
    const empty = await emptyDatabase();
    try {
      expect(await findings(store, { DATABASE_URL: empty.url })).toMatchObject([
        { state: 'wrong', what: expect.stringContaining('schema'), fix: 'carryover db migrate' },
      ]);
    } finally {
      await empty.drop();
    }
  });

  it('names the rights that the role lacks, and the statements that grant them', async () => {
    await admin.query(
      `GRANT USAGE ON SCHEMA public, carryover TO ${role};
       GRANT SELECT ON _prisma_migrations TO ${role};
       GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
       GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA carryover TO ${role}`,
    );
    const url = as(role, 'the-password-of-the-role');
    const lacking = (await findings(store, { DATABASE_URL: url })).find(({ state }) => state === 'wrong');
    expect(lacking?.what).toMatch(new RegExp(`^The role ${role} lacks DELETE on carryover\\.\\w+; `));
    expect(lacking?.fix).toContain(`ON ALL TABLES IN SCHEMA carryover TO ${role};`);
    expect(lacking?.fix).not.toContain('SCHEMA public');
    await admin.query(lacking?.fix ?? '');
    expect(statesOf(await findings(store, { DATABASE_URL: url }))).not.toContain('wrong');
  });

  it('is read-only, as a replica is', async () => {
    await admin.query(`ALTER ROLE ${role} SET default_transaction_read_only = on`);
    const found = await findings(store, { DATABASE_URL: as(role, 'the-password-of-the-role') });
    expect(found).toContainEqual({
      state: 'wrong',
      what: 'The store is read-only, as a replica is.',
      fix: 'Name the primary in DATABASE_URL.',
    });
  });

  it('is skipped without its variable', async () => {
    expect(await findings(store, {})).toMatchObject([
      { state: 'skipped', what: expect.stringContaining('DATABASE_URL is missing') },
    ]);
  });
});
