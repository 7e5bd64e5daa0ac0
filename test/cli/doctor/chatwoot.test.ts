import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chatwoot } from '../../../cli/inbox/check.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { overTcp } from '../../support/databases.js';
import { findings, statesOf } from './doctor.js';

let database: ChatwootDatabase;
/** A role of the tests that may connect, and no more. */
const role = `doctor_${randomBytes(4).toString('hex')}`;
beforeAll(async () => {
  database = await chatwootDatabase(undefined, { migrated: false });
  await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'the-password-of-the-role'`);
});
afterAll(async () => {
  await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database.drop();
});

/** Over TCP, where the server asks for passwords. */
function as(user: string, password: string): string {
  const url = overTcp(database.url);
  url.username = user;
  url.password = password;
  return url.href;
}
const found = (url: string | undefined = database.url) => findings(chatwoot, { CHATWOOT_DATABASE_URL: url });
const wrongs = async (url?: string) => (await found(url)).filter(({ state }) => state !== 'ok');

test("Chatwoot's database is fine where the role owns it, and needs no check where no inbox is moved", async () => {
  expect(statesOf(await found())).toEqual(['ok', 'ok', 'ok']);
  expect(await findings(chatwoot, {})).toEqual([expect.objectContaining({ state: 'skipped' })]);
});

test("a wrong password, a port where nobody listens, and another's database are told apart", async () => {
  const refused = await found(as(role, 'not-the-password'));
  expect(refused).toMatchObject([{ state: 'wrong', what: expect.stringContaining('28P01') }]);
  expect(JSON.stringify(refused)).not.toContain('not-the-password');
  const nowhere = overTcp(database.url);
  nowhere.port = '9';
  expect(await found(nowhere.href)).toMatchObject([
    { state: 'wrong', what: expect.stringContaining('ECONNREFUSED'), fix: expect.any(String) },
  ]);
  const other = new URL(database.url);
  other.pathname = '/postgres';
  expect(await found(other.href)).toMatchObject([
    {
      state: 'wrong',
      what: expect.stringContaining("not Chatwoot's"),
      fix: expect.stringContaining('CHATWOOT_DATABASE_URL'),
    },
  ]);
});

test('rights that the role lacks are granted by the commands that are named', async () => {
  const url = as(role, 'the-password-of-the-role');
  const [rights, schema] = await wrongs(url);
  expect(rights).toMatchObject({
    state: 'wrong',
    what: expect.stringContaining('USAGE on sequence contact_inboxes_id_seq'),
  });
  expect(schema).toMatchObject({ state: 'wrong', what: expect.stringContaining('cannot create') });
  await database.pool.query(`${rights!.fix!} ${schema!.fix!}`);
  expect(await wrongs(url)).toEqual([]);
});

test('a column that no move knows, and other versions of Chatwoot, are named', async () => {
  const { pool } = database;
  await pool.query('CREATE TABLE public.kanban_cards (id bigserial, conversation_id bigint)');
  const [column] = await wrongs();
  expect(column).toMatchObject({
    state: 'wrong',
    what: expect.stringContaining('kanban_cards.conversation_id'),
  });
  await pool.query(/ALTER TABLE .*;/.exec(column!.fix!)![0]);
  expect(await wrongs()).toEqual([]);
  await pool.query(
    `CREATE TABLE IF NOT EXISTS public.schema_migrations (version text); DELETE FROM public.schema_migrations`,
  );
  await pool.query(`INSERT INTO public.schema_migrations VALUES ('20990101000000')`);
  expect(await wrongs()).toMatchObject([{ state: 'warning', what: expect.stringContaining('newer') }]);
  await pool.query(`UPDATE public.schema_migrations SET version = '20240101000000'`);
  expect(await wrongs()).toMatchObject([
    { state: 'wrong', what: expect.stringContaining('older than 4.10') },
  ]);
  await pool.query('DROP TABLE public.schema_migrations');
});
