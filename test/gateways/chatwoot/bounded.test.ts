import { expect, test } from 'vitest';
import { bounded, BatchTooLong } from '../../../gateways/chatwoot/move/bounded.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { testDatabase } from '../../support/servers.js';

test('a bounded statement is ended, and those after it have the limit that they had before', async () => {
  const database = await testDatabase();
  const store = openStore(database.url, { max: 1 });
  try {
    await transaction(store.pool, 'bounded', async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = '7s'`);
      const limit = async () =>
        (await tx.query<{ statement_timeout: string }>('SHOW statement_timeout')).rows[0]?.statement_timeout;
      expect(await bounded(tx, 3_000, limit)).toBe('3s');
      expect(await limit()).toBe('7s');
    });
    const tooLong = transaction(store.pool, 'bounded', (tx) =>
      bounded(tx, 1, () => tx.query('SELECT pg_sleep(60)')),
    );
    await expect(tooLong).rejects.toBeInstanceOf(BatchTooLong);
  } finally {
    await store.close();
    await database.drop();
  }
});
