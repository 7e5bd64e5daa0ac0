import { expect, test } from 'vitest';
import {
  writeAccountRow,
  writeBrandRows,
} from '../../../../gateways/store/conversations/account/payload-rows.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { addUnits } from '../../../../gateways/store/work/units.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { forThisFile } from '../../../support/for-this-file.js';

let store: FreshStore;
forThisFile(freshStore, (opened) => (store = opened));

const take = (accountId: string, ...brandIds: string[]) =>
  transaction(store.control, 'test', async (tx) => {
    const rowId = await writeAccountRow(tx, { accountId, name: accountId });
    const brands = brandIds.map((id) => ({ brand_id: id, name: id, website_url: null, channels: [] }));
    return writeBrandRows(tx, rowId, brands);
  });
const units = async () => {
  const { rows } = await store.pool.query<Record<string, string>>(
    `SELECT m.kind, m.subject, u.key, b.source_id AS brand FROM carryover.migrations m
     LEFT JOIN carryover.units u ON u.migration_id = m.id LEFT JOIN brands b ON b.unit_id = u.id ORDER BY m.id, u.id`,
  );
  return rows.map(({ kind, subject, key, brand }) => [kind, subject, key, brand].join(' '));
};

test('an account is the subject of one migration, and each of its brands a unit, idempotently', async () => {
  await take('acc_1', 'br_1');
  await take('acc_1', 'br_2', 'br_1');
  const expected = ['conversations acc_1 br_1 br_1', 'conversations acc_1 br_2 br_2'];
  expect(await units()).toEqual(expected);
  // A brand of another account is no unit of this one's migration.
  expect((await take('acc_2', 'br_1')).foreign).toEqual(['br_1']);
  expect(await units()).toEqual([...expected, 'conversations acc_2  ']);
});

test('a brand that existed before its account was migrated becomes a unit', async () => {
  await store.pool.query(
    `WITH a AS (INSERT INTO accounts (source_id, name) VALUES ('acc_3', 'x') RETURNING id)
     INSERT INTO brands (account_id, source_id, name) SELECT id, 'br_3', 'x' FROM a`,
  );
  await take('acc_3', 'br_3');
  expect((await units()).at(-1)).toBe('conversations acc_3 br_3 br_3');
});

test('a unit of an unknown migration is refused', async () => {
  const unit = { kind: 'conversations', subject: 'acc_none', key: 'br', name: 'br' } as const;
  await expect(transaction(store.control, 'test', (tx) => addUnits(tx, [unit]))).rejects.toThrow(
    'no conversations migration of acc_none',
  );
});
