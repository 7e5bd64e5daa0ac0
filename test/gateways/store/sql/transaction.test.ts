import { expect, test } from 'vitest';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { lockAccounts } from '../../../../gateways/store/conversations/status/status-writer.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { forThisFile } from '../../../support/for-this-file.js';

let store: FreshStore;
forThisFile(freshStore, (opened) => (store = opened));

const namesLike = async (pattern: string): Promise<string[]> => {
  const { rows } = await store.pool.query<{ name: string }>(
    'SELECT name FROM accounts WHERE source_id LIKE $1 ORDER BY source_id',
    [pattern],
  );
  return rows.map(({ name }) => name);
};

test('returns values as Prisma does: row ids are bigints, and jsonb is parsed', async () => {
  const [locked, migration] = await transaction(store.control, 'test', async (tx) => {
    await tx.run`INSERT INTO accounts (source_id, name, migration) VALUES ('acc_types', 'Lakeside', '{"status":"pending"}')`;
    const rows = await tx.rows<{ migration: unknown }>`
      SELECT migration FROM accounts WHERE source_id = ${'acc_types'}`;
    return [await lockAccounts(tx, ['acc_types'], false), rows[0]?.migration];
  });
  const { id } = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: 'acc_types' } });
  expect(locked).toEqual([{ rowId: id, accountId: 'acc_types' }]);
  expect(migration).toEqual({ status: 'pending' });
});

test('an error leaves nothing written, and passes unchanged', async () => {
  const mine = new Error('mine');
  const work = transaction(store.control, 'test', async (tx) => {
    await tx.run`INSERT INTO accounts (source_id, name) VALUES ('acc_thrown', 'Lakeside')`;
    throw mine;
  });
  await expect(work).rejects.toBe(mine);
  expect(await namesLike('acc_thrown')).toEqual([]);
  const written = await transaction(
    store.control,
    'test',
    (tx) => tx.run`INSERT INTO accounts (source_id, name) VALUES ('acc_after', 'Lakeside')`,
  );
  expect([written, await namesLike('acc_after')]).toEqual([1, ['Lakeside']]);
});

test('a refused statement rolls back earlier ones, and the error quotes no row', async () => {
  const work = transaction(store.control, 'test', async (tx) => {
    await tx.run`INSERT INTO accounts (source_id, name) VALUES ('acc_refused', 'Lakeside')`;
    await tx.run`INSERT INTO accounts (source_id, name) VALUES ('acc_refused', 'Lakeside')`;
  });
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'RefusedData', code: '23505' });
  expect((error as Error).message).not.toContain('acc_refused');
  expect(await namesLike('acc_refused')).toEqual([]);
});

test('a broken connection and an unreachable store are StoreUnavailable; the next transaction has another connection', async () => {
  const ended = transaction(
    store.control,
    'test',
    (tx) => tx.rows`SELECT pg_terminate_backend(pg_backend_pid())`,
  );
  await expect(ended).rejects.toMatchObject({ name: 'CarryoverError', type: 'StoreUnavailable' });
  expect(await transaction(store.control, 'test', (tx) => tx.rows`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  const nowhere = openStore('postgres://postgres@127.0.0.1:1/none');
  await expect(transaction(nowhere.control, 'test', async () => undefined)).rejects.toMatchObject({
    name: 'CarryoverError',
    type: 'StoreUnavailable',
  });
  await nowhere.close();
});

test('pg_stat_activity shows its name while it runs', async () => {
  const shown = async (): Promise<unknown> => {
    const { rows } = await store.control.query(
      `SELECT application_name FROM pg_stat_activity WHERE pid = $1`,
      [pid],
    );
    return rows[0];
  };
  let pid = 0;
  await transaction(store.pool, 'bring-messages', async (tx) => {
    [{ pid }] = (await tx.rows<{ pid: number }>`SELECT pg_backend_pid() AS pid`) as [{ pid: number }];
    expect(await shown()).toEqual({ application_name: 'carryover-bulk: bring-messages' });
  });
  expect(await shown()).toEqual({ application_name: 'carryover-bulk' });
});

test('sees one state of the store on request, and prepares a session once', async () => {
  const session = 'CREATE TEMP TABLE seen (n integer) ON COMMIT DELETE ROWS';
  const levels: unknown[] = [];
  for (let time = 0; time < 2; time += 1)
    await transaction(
      store.pool,
      'look',
      async (tx) => {
        await tx.run`INSERT INTO seen VALUES (1)`;
        levels.push(
          ...(await tx.rows`SELECT current_setting('transaction_isolation') AS level, (SELECT count(*)::integer FROM seen) AS n`),
        );
      },
      { isolation: 'repeatable read', session },
    );
  expect(levels).toEqual([1, 2].map(() => ({ level: 'repeatable read', n: 1 })));
});
