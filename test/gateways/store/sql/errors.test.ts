import { describe, expect, test } from 'vitest';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { storeError } from '../../../../gateways/store/sql/errors.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { forThisFile } from '../../../support/for-this-file.js';

let store: FreshStore;
forThisFile(freshStore, (opened) => (store = opened));

const thrown = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return error;
  }
};
const translated = async (work: () => Promise<unknown>): Promise<{ type: string; message: string }> => {
  const { type, message } = storeError(await thrown(work));
  return { type, message };
};

describe('A store that cannot be used', () => {
  test('is StoreUnavailable through the pool and through Prisma when nothing listens', async () => {
    const nowhere = openStore('postgres://postgres@127.0.0.1:1/none');
    expect(await translated(() => nowhere.pool.query('SELECT 1'))).toMatchObject({
      type: 'StoreUnavailable',
    });
    expect(await translated(() => nowhere.prisma.account.count())).toMatchObject({
      type: 'StoreUnavailable',
    });
    expect(await thrown(() => transaction(nowhere.control, 'test', (tx) => tx.rows`SELECT 1`))).toMatchObject(
      {
        name: 'CarryoverError',
        type: 'StoreUnavailable',
      },
    );
    await nowhere.close();
    await nowhere.close();
  });

  test('is StoreUnavailable when the connection is ended within a statement or a transaction', async () => {
    const killMe = `SELECT pg_terminate_backend(pg_backend_pid())`;
    expect(await translated(() => store.pool.query(killMe))).toMatchObject({ type: 'StoreUnavailable' });
    expect(await translated(() => store.prisma.$queryRawUnsafe(killMe))).toMatchObject({
      type: 'StoreUnavailable',
    });
    expect(await thrown(() => transaction(store.control, 'test', (tx) => tx.query(killMe)))).toMatchObject({
      type: 'StoreUnavailable',
    });
    // Those after it get a new connection.
    expect(await store.prisma.account.count()).toBe(0);
    expect((await store.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('is StoreUnavailable for a database that is full of connections, a deadlock, a timeout', async () => {
    for (const code of ['53300', '53100', '57P01', '57P03', '57014', '40P01', '40001', '08006']) {
      expect(await translated(() => store.pool.query(raise(code)))).toMatchObject({
        type: 'StoreUnavailable',
      });
      expect(await translated(() => store.prisma.$executeRawUnsafe(raise(code)))).toMatchObject({
        type: 'StoreUnavailable',
      });
    }
  });
});

describe('A statement that the store refuses', () => {
  test('is Unexpected, and reported without its values', async () => {
    await store.prisma.account.create({ data: { sourceId: 'secret-id', name: 'secret-name' } });
    const twice = [
      () => store.prisma.account.create({ data: { sourceId: 'secret-id', name: 'secret-name' } }),
      () => store.pool.query(`INSERT INTO accounts (source_id, name) VALUES ('secret-id', 'secret-name')`),
      () => store.pool.query(`SELECT 'secret-text'::bigint`),
      () => store.prisma.$queryRawUnsafe(`SELECT 'secret-text'::bigint`),
    ];
    for (const work of twice) {
      const error = await translated(work);
      expect(error.type).toBe('Unexpected');
      expect(error.message).not.toContain('secret');
      expect(error.message).toMatch(/refused a statement \(.*(23505|22P02|P2002)/);
    }
  });

  test('says what to do if the schema, the rights or the password are the reason', async () => {
    const said: readonly [string, string][] = [
      ['42P01', 'carryover db migrate'],
      ['42703', 'carryover db migrate'],
      ['42501', 'lacks a right'],
      ['28P01', 'user or password'],
    ];
    for (const [code, hint] of said) {
      expect((await translated(() => store.pool.query(raise(code)))).message).toContain(hint);
      expect((await translated(() => store.prisma.$executeRawUnsafe(raise(code)))).message).toContain(hint);
    }
  });

  test('rolls the transaction back; errors of the work itself pass unchanged', async () => {
    const own = new RangeError('mine');
    const error = await thrown(() =>
      transaction(store.control, 'test', async (tx) => {
        await tx.run`INSERT INTO accounts (source_id, name) VALUES ('rolled-back', 'x')`;
        throw own;
      }),
    );
    expect(error).toBe(own);
    expect(await store.prisma.account.findUnique({ where: { sourceId: 'rolled-back' } })).toBeNull();
  });
});

test('Both sides of the store name themselves to PostgreSQL, and a control statement has its limit', async () => {
  const name = `SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS timeout`;
  expect(await store.prisma.$queryRawUnsafe(name)).toEqual([{ name: 'carryover', timeout: '30s' }]);
  expect((await store.pool.query(name)).rows).toEqual([{ name: 'carryover-bulk', timeout: '0' }]);
});

function raise(code: string): string {
  return `DO $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = '${code}'; END $$`;
}
