import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { ImportWorld } from '../conversations/import/import-world.js';
import { messageItem, threadItem } from '../conversations/import/source-items.js';

const BRAND = 'br_1_1';
const PAGE = 20;
const MESSAGES = 200;
/** No cuts: one slice of many pages. */
const UNCUT = { maxSlices: 2 };

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: PAGE });
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, MESSAGES);
});

afterEach(() => world.close());

/** From now on records for each batch whether its commit waits for the disk, as commits of later connections do by default. */
async function logCommits(): Promise<void> {
  const { pathname } = new URL(world.databaseUrl);
  await world.query(`
    ALTER DATABASE ${pathname.slice(1)} SET synchronous_commit = on;
    CREATE TABLE commits (n serial, stage text, batch integer, waits boolean);
    CREATE FUNCTION log_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO commits (stage, batch, waits)
        VALUES (new.stage, new.batches, current_setting('synchronous_commit') = 'on');
        RETURN NULL;
      END $$;
    CREATE TRIGGER log_commit AFTER UPDATE OF batches ON carryover.work
      FOR EACH ROW WHEN (new.batches > old.batches) EXECUTE FUNCTION log_commit()`);
}

test('batches of messages do not wait for the disk, except those that bring threads and the last of a slice', async () => {
  // The index of recent threads omits this one, so the batch with its message looks it up.
  await world.put('threads', [threadItem(BRAND, 'thr_old', { last_message_at: '2026-01-01T00:00:00.000Z' })]);
  await world.put('messages', [messageItem(BRAND, 'thr_old', 'msg_old', '2026-10-06T00:30:00.000Z')]);
  await logCommits();
  const store = openStore(world.databaseUrl, { applicationName: 'carryover-test' });
  await world.attempt(BRAND, 'recent', UNCUT, world.environment(), { pool: store.pool });
  await store.close();
  const waiting = async (stage: string) =>
    world.query<{ batch: number; waits: boolean }>(
      'SELECT batch, waits FROM commits WHERE stage = $1 ORDER BY n',
      [stage],
    );
  for (const { waits } of await waiting('threads')) expect(waits).toBe(true);
  const messages = await waiting('messages');
  const [broughtThread] = await world.query<{ batch: number }>(
    'SELECT count(*)::integer / $1 + 1 AS batch FROM messages WHERE sent_at > $2',
    [PAGE, '2026-10-06T00:30:00.000Z'],
  );
  const last = messages.length;
  expect(last).toBeGreaterThanOrEqual(MESSAGES / PAGE);
  expect(messages.filter(({ waits }) => waits).map(({ batch }) => batch)).toEqual([
    broughtThread?.batch,
    last,
  ]);
});

test('a lane whose batch a crash of the store took back writes no more of the slice', async () => {
  const environment = world.environment();
  const atBatch = async (batches: number): Promise<void> => {
    await world.query(`UPDATE carryover.work SET batches = $1 WHERE stage = 'messages'`, [batches]);
  };
  let batches = 0;
  const taking = {
    takingTurns: async <T>(write: () => Promise<T>): Promise<T> => {
      const result = await write();
      batches += 1;
      // The threads have one batch.
      if (batches === 5) await atBatch(3);
      return result;
    },
    during: <T>(_: unknown, work: () => Promise<T>) => work(),
    close: () => Promise.resolve(),
  };
  await expect(
    world.attempt(BRAND, 'recent', UNCUT, environment, { governor: taking }),
  ).rejects.toMatchObject({ type: 'LeaseLost' });
  expect(batches).toBe(5);
  expect(await world.query('SELECT FROM messages')).toHaveLength(4 * PAGE);
});
