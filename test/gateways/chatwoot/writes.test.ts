import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { forbiddenWrites } from '../../../domain/inbox/writes.js';
import { totalsOf, unexplainedWrites } from '../../../gateways/chatwoot/statement.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { finish, migrationOf, queueMove, queueReverse } from '../../support/inbox-moves.js';

let database: ChatwootDatabase;
beforeEach(async () => {
  database = await chatwootDatabase({ seed: 4, contacts: 80, source: 'cloud', destination: 'twilio' });
});
afterEach(() => database.drop());

const query = (statement: string) => database.pool.query(statement);
/** Has the database do something for each row of a table that is changed. */
const plant = (table: string, when: string, statement: string) =>
  query(`
    CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN ${statement}; RETURN NULL; END $f$;
    CREATE ${when.startsWith('CONSTRAINT') ? 'CONSTRAINT ' : ''}TRIGGER planted AFTER UPDATE ON ${table}
      ${when.startsWith('CONSTRAINT') ? 'DEFERRABLE INITIALLY DEFERRED' : ''} FOR EACH ROW WHEN (OLD.inbox_id = 1 AND NEW.inbox_id = 2) EXECUTE FUNCTION planted()`);
const rowsThere = async (statement: string) => (await query(statement)).rowCount;

test("a move's writes are counted by table, in all of its transactions and in no others, and its journal says the same", async () => {
  const id = await queueMove(database.pool, { assignees: 'add-to-inbox', possible_matches: 'merge' });
  await finish(database.pool, id, { conversations: 10, messages: 100 }, 5);
  // Other writes in the same sessions.
  await query("UPDATE conversations SET priority = 1; UPDATE accounts SET name = 'New name'");
  await finish(database.pool, id, { conversations: 10, messages: 100 });
  const { written, unwritten_tables, ...totals } = await totalsOf(database.pool, id);
  const of = (table: string) => written.find((each) => each.table === table);
  expect(of('conversations')!.updated).toBeGreaterThanOrEqual(totals.conversations);
  expect(of('conversations')!.updated).toBeLessThan(2 * totals.conversations);
  expect(of('messages')).toMatchObject({ inserted: 0, deleted: 0 });
  expect(of('contacts')!.deleted).toBe(totals.contacts_merged);
  expect(of('accounts')).toBeUndefined();
  expect(of('inbox_members')!.inserted).toBeGreaterThan(0);
  expect(forbiddenWrites(written)).toEqual([]);
  const { rows } = await query(
    `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  );
  expect(unwritten_tables + written.length).toBe(rows.length);
  expect(await unexplainedWrites(database.pool, id)).toEqual([]);
});

describe('what the database itself does beside a move', () => {
  test.each([
    ['AFTER', "UPDATE accounts SET name = 'changed' WHERE id = 2", /accounts \(\d+ updated\)/],
    [
      'CONSTRAINT, deferred',
      'DELETE FROM inbox_members WHERE inbox_id = 3 OR user_id = 2; UPDATE users SET name = name',
      /users \(\d+ updated\)/,
    ],
    [
      'AFTER',
      'INSERT INTO labels (title, created_at, updated_at) VALUES (NEW.id, now(), now())',
      /labels \(\d+ inserted\)/,
    ],
    ['AFTER', 'DELETE FROM messages WHERE conversation_id = NEW.id', /messages \(\d+ deleted\)/],
  ])('%s: %s is named, and the batch is taken back', async (when, statement, named) => {
    await plant('conversations', when, statement);
    const id = await queueMove(database.pool);
    await expect(finish(database.pool, id)).rejects.toMatchObject({
      type: 'CheckUnequal',
      message: expect.stringMatching(named),
    });
    expect(await migrationOf(database.pool, id)).toMatchObject({ conversations_moved: '0' });
    expect(await rowsThere("SELECT FROM accounts WHERE name = 'changed'")).toBe(0);
    expect(await rowsThere('SELECT FROM labels')).toBe(0);
    expect(await rowsThere('SELECT FROM conversations WHERE inbox_id = 1')).toBeGreaterThan(100);
  });

  test('a reverse is watched in the same way', async () => {
    const id = await queueMove(database.pool);
    await finish(database.pool, id);
    await query(`
      CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN UPDATE accounts SET name = 'changed'; RETURN NULL; END $f$;
      CREATE TRIGGER planted AFTER UPDATE ON messages FOR EACH STATEMENT EXECUTE FUNCTION planted()`);
    await expect(finish(database.pool, await queueReverse(database.pool, id))).rejects.toThrow(
      /accounts \(\d+ updated\)/,
    );
  });

  test.each([
    [
      'other conversations',
      'UPDATE conversations SET priority = 2 WHERE inbox_id = 3',
      /^conversations: \d+ updated, \d+ in the journal$/,
    ],
    [
      "another inbox's contacts",
      'UPDATE contact_inboxes SET hmac_verified = true WHERE inbox_id = 3',
      /^contact_inboxes: \d+ updated/,
    ],
    [
      'members of another inbox',
      'DELETE FROM inbox_members WHERE inbox_id = 1',
      /^inbox_members: \d+ deleted, 0 in the journal$/,
    ],
    [
      "another business's messages",
      "UPDATE messages SET content = 'changed' WHERE inbox_id NOT IN (1, 2)",
      /^messages: \d+ updated/,
    ],
  ])(
    '%s in a table that a move does change: the verification finds more rows than the journal names',
    async (_what, statement, named) => {
      await plant('conversations', 'AFTER', statement);
      const id = await queueMove(database.pool);
      await finish(database.pool, id);
      expect(await unexplainedWrites(database.pool, id)).toEqual([expect.stringMatching(named)]);
    },
  );

  test('a move without counted writes is not taken for one that wrote nothing', async () => {
    const { rows } = await query('SELECT current_database() AS name');
    await query(`ALTER DATABASE ${(rows[0] as { name: string }).name} SET track_counts = off`);
    const id = await queueMove(database.pool);
    await query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await query('SET track_counts = off');
    await finish(database.pool, id);
    expect(await unexplainedWrites(database.pool, id)).toEqual([
      'writes were not counted: track_counts is off',
    ]);
  });
});
