import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { lockAccounts } from '../../../../gateways/store/conversations/status/status-writer.js';
import { inSqlTransaction } from '../../../../gateways/store/sql/sql-transaction.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';

let store: FreshStore;
beforeAll(async () => {
  store = await freshStore();
});
afterAll(() => store.close());

const namesLike = async (pattern: string): Promise<string[]> => {
  const { rows } = await store.pool.query<{ name: string }>(
    'SELECT name FROM accounts WHERE source_id LIKE $1 ORDER BY source_id',
    [pattern],
  );
  return rows.map(({ name }) => name);
};

test('gives values as Prisma does: row ids are bigints, and jsonb is read', async () => {
  const [locked, migration] = await inSqlTransaction(store, async (tx) => {
    await tx.$executeRaw`INSERT INTO accounts (source_id, name, migration) VALUES ('acc_types', 'Lakeside', '{"status":"pending"}')`;
    const rows = await tx.$queryRaw<{ migration: unknown }[]>`
      SELECT migration FROM accounts WHERE source_id = ${'acc_types'}`;
    return [await lockAccounts(tx, ['acc_types'], false), rows[0]?.migration];
  });
  const { id } = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: 'acc_types' } });
  expect(locked).toEqual([{ rowId: id, accountId: 'acc_types' }]);
  expect(migration).toEqual({ status: 'pending' });
});

test('what is thrown leaves nothing written, and comes out as it is', async () => {
  const mine = new Error('mine');
  const work = inSqlTransaction(store, async (tx) => {
    await tx.$executeRaw`INSERT INTO accounts (source_id, name) VALUES ('acc_thrown', 'Lakeside')`;
    throw mine;
  });
  await expect(work).rejects.toBe(mine);
  expect(await namesLike('acc_thrown')).toEqual([]);
  const written = await inSqlTransaction(
    store,
    (tx) => tx.$executeRaw`INSERT INTO accounts (source_id, name) VALUES ('acc_after', 'Lakeside')`,
  );
  expect([written, await namesLike('acc_after')]).toEqual([1, ['Lakeside']]);
});

test('a statement that is refused rolls back what went before it, and the error quotes no row', async () => {
  const work = inSqlTransaction(store, async (tx) => {
    await tx.$executeRaw`INSERT INTO accounts (source_id, name) VALUES ('acc_refused', 'Lakeside')`;
    await tx.$executeRaw`INSERT INTO accounts (source_id, name) VALUES ('acc_refused', 'Lakeside')`;
  });
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'CarryoverError', type: 'Unexpected' });
  expect((error as Error).message).not.toContain('acc_refused');
  expect(await namesLike('acc_refused')).toEqual([]);
});

test('a connection that ends, and a store where nothing listens, are StoreUnavailable; the next transaction has another connection', async () => {
  const ended = inSqlTransaction(store, (tx) => tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`);
  await expect(ended).rejects.toMatchObject({ name: 'CarryoverError', type: 'StoreUnavailable' });
  expect(await inSqlTransaction(store, (tx) => tx.$queryRaw`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  const nowhere = openStore('postgres://postgres@127.0.0.1:1/none');
  await expect(inSqlTransaction(nowhere, async () => undefined)).rejects.toMatchObject({
    name: 'CarryoverError',
    type: 'StoreUnavailable',
  });
  await nowhere.close();
});
