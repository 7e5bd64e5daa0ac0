import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SAMPLE } from '../../../dev/sample/chatwoot/generate.js';
import { identityOf, leftReasonOf, possibleMatchOf } from '../../../domain/inbox/identity.js';
import { INBOX_TYPES } from '../../../domain/inbox/inbox-type.js';
import { isUnknownNewer, refusalOf, takeInventory } from '../../../gateways/chatwoot/inventory.js';
import { migrateChatwoot, schemaVersion } from '../../../gateways/chatwoot/schema/migrate.js';
import { readsOf } from '../../../gateways/chatwoot/connect.js';
import { findCaller } from '../../../gateways/chatwoot/tokens.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';

let database: ChatwootDatabase;
beforeAll(async () => {
  database = await chatwootDatabase(
    { seed: 1, contacts: 20, source: 'evolution', destination: 'cloud' },
    { migrated: false },
  );
});
afterAll(() => database.drop());

test('the schema is created once beside existing tables, however many callers ask', async () => {
  const { pool } = database;
  const before = await rowsOf(pool);
  expect(await schemaVersion(pool)).toBe(0);
  await Promise.all([migrateChatwoot(pool), migrateChatwoot(pool)]);
  await migrateChatwoot(pool);
  expect(await schemaVersion(pool)).toBe(1);
  expect(await rowsOf(pool)).toEqual(before);
});

test('SQL and the rules in TypeScript agree on identities, possible matches and what stays', async () => {
  const { pool } = database;
  await migrateChatwoot(pool);
  const digits = fc.stringMatching(/^[0-9]{1,17}$/);
  const brazil = fc.stringMatching(/^55[1-9]{2}9?[0-9]{8}$/);
  const argentina = fc.stringMatching(/^549?[0-9]{10}$/);
  const number = fc.oneof(digits, brazil, argentina, fc.constant('123456'));
  const written = fc
    .tuple(
      fc.constantFrom('', '+', ' +', 'whatsapp:', 'whatsapp:+', 'US.', 'US.ENT.', 'whatsapp:US.', 'us.'),
      number,
      fc.constantFrom(
        '',
        '@s.whatsapp.net',
        ':3@s.whatsapp.net',
        '@c.us',
        '@lid',
        '@g.us',
        '@g.us.com',
        ' ',
        '-1',
        '\n',
      ),
    )
    .map((parts) => parts.join(''));
  const text = fc.oneof(
    written,
    fc.constantFrom('', ' ', '\t', 'crm-7', '+55 (11) 98765-4321'),
    fc.string({ maxLength: 8 }),
  );
  const usable = text.filter((value) => !value.includes('\u0000'));
  const facts = fc.record({
    type: fc.constantFrom(...INBOX_TYPES),
    destination: fc.constantFrom(...INBOX_TYPES),
    sourceId: usable,
    identifier: fc.option(usable),
    phoneNumber: fc.option(usable),
  });
  const samples = fc.sample(facts, { numRuns: 3_000, seed: 11 });
  const { rows } = await pool.query<{ identity: string | null; other: string | null; stays: string | null }>(
    `SELECT i.identity, carryover.inbox_possible_match(i.identity) AS other, carryover.inbox_left(i.identity, s.destination) AS stays
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS s(type, destination, source_id, identifier, phone, n)
     CROSS JOIN LATERAL (SELECT carryover.inbox_identity(s.type, s.source_id, s.identifier, s.phone) AS identity) AS i ORDER BY s.n`,
    [
      samples.map(({ type }) => type),
      samples.map(({ destination }) => destination),
      samples.map(({ sourceId }) => sourceId),
      samples.map(({ identifier }) => identifier),
      samples.map(({ phoneNumber }) => phoneNumber),
    ],
  );
  const found = samples.map((sample) => {
    const identity = identityOf(sample.type, sample);
    const stays = leftReasonOf(identity, sample.destination) ?? null;
    return { identity, other: possibleMatchOf(identity), stays };
  });
  expect(rows).toEqual(found);
  expect(new Set(found.map(({ identity }) => identity?.split(':')[0])).size).toBe(5);
});

test('an unknown column that names an inbox, a missing right and an old schema are named', async () => {
  const { pool } = database;
  const refused = async () => refusalOf(await takeInventory(pool));
  expect(await refused()).toBeUndefined();
  await pool.query(
    'CREATE TABLE public.fork_tickets (id bigserial PRIMARY KEY, conversation_id bigint, title text)',
  );
  expect(await refused()).toMatch(/fork_tickets\.conversation_id/);
  await pool.query(
    'DROP TABLE public.fork_tickets; CREATE TABLE public.schema_migrations (version varchar PRIMARY KEY)',
  );
  await pool.query(`INSERT INTO public.schema_migrations VALUES ('20251103000000')`);
  expect(await refused()).toMatch(/older than 4\.10/);
  await pool.query(`UPDATE public.schema_migrations SET version = '20290101000000'`);
  expect(await refused()).toBeUndefined();
  expect(isUnknownNewer(await takeInventory(pool))).toBe(true);
  await pool.query('DROP TABLE public.schema_migrations');

  const role = `reader_${new URL(database.url).pathname.split('_').at(-1)}`;
  const client = await pool.connect();
  try {
    await client.query(
      `CREATE ROLE ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}; SET ROLE ${role}`,
    );
    expect(refusalOf(await takeInventory(client))).toMatch(/DELETE on contact_inboxes.*UPDATE on messages/);
  } finally {
    await client.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    client.release();
  }
});

test.each([
  [SAMPLE.administrator, '1', { userId: '1', isAdministrator: true, accountIsActive: true }],
  [SAMPLE.agent, '1', { userId: '2', isAdministrator: false, accountIsActive: true }],
  ['token-of-stranger', '1', { userId: '6', isAdministrator: null, accountIsActive: true }],
  [SAMPLE.administrator, '99', { userId: '1', isAdministrator: null, accountIsActive: null }],
  ['token-of-bot', '1', undefined],
  ['nonsense', '1', undefined],
])('the token %s in account %s is of %j', async (token, account, caller) => {
  const found = await findCaller(readsOf(database.pool), token, account);
  if (caller === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(caller);
});
