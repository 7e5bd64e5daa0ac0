import { expect } from 'vitest';
import { accountCertificates } from '../../../domain/conversations/certificate-figures.js';
import { checkCertificate } from '../../../domain/engine/proof/certificate-check.js';
import type { Carryover } from '../../e2e/carryover.js';
import { viewOf } from '../../e2e/more-accounts.js';
import type { LiveAccount } from './live-account.js';

/**
 * Every record that was here when the source removed it has its row in `removed_records`, no other record has one, and the certificate of the account
 * counts them.
 */
export async function expectRemovalsProved(carryover: Carryover, account: LiveAccount): Promise<void> {
  const { rows } = await carryover.store.query<{ brand: string; name: string }>(
    `SELECT b.source_id AS brand, r.source_table || ' ' || r.source_key AS name FROM carryover.removed_records r
     JOIN brands b ON b.id = r.brand_id JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1`,
    [account.accountId],
  );
  const written = new Set(rows.map(({ name }) => name));
  const [held, all] = [account.removed('held'), account.removed('all')];
  expect(
    [...held].filter((name) => !written.has(name)),
    'removed, without a row',
  ).toEqual([]);
  expect(
    [...written].filter((name) => !all.has(name)),
    'a row, but not removed',
  ).toEqual([]);
  expect(written.size, 'removed records').toBeGreaterThan(0);

  const { verification } = await viewOf(carryover, account.accountId);
  expect(verification, 'the last pass').toMatchObject({ state: 'equal', failure: null });
  const { body } = await carryover.call('GET', `/v2/migrations/${account.accountId}/certificate`);
  expect(checkCertificate(JSON.stringify(body), accountCertificates).holds).toBe(true);
  expect(body).toMatchObject({
    certificate: {
      made_after: 'verification',
      brands: expect.arrayContaining(
        account.brandIds.map((id) =>
          expect.objectContaining({
            brand_id: id,
            held: expect.objectContaining({ removed: rows.filter(({ brand }) => brand === id).length }),
          }),
        ),
      ),
      totals: { held: { removed: rows.length } },
    },
  });
}

/** The last verification has compared all records, and has found nothing that following had not brought. */
export async function expectNoDifferences(carryover: Carryover, account: LiveAccount): Promise<void> {
  const { verification } = await viewOf(carryover, account.accountId);
  expect(verification).toMatchObject({ state: 'equal', failure: null });
  expect(verification?.brands.flatMap(({ differences }) => differences)).toEqual([]);
}

/** No row of the store names the account, a brand, a thread or a message of it. */
export async function expectNoTrace({ store }: Carryover, account: LiveAccount): Promise<void> {
  const ids = [
    account.accountId,
    ...['br', 'ch', 'thr', 'msg', 'att'].map((kind) => `${kind}_${account.tag}`),
  ];
  // A key may be kept as its bytes.
  const texts = [...ids, ...ids.map((id) => Buffer.from(id).toString('hex'))];
  const { rows: tables } = await store.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_schema IN ('public', 'carryover') AND table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const { rows } = await store.query(`SELECT x::text FROM ${name} x WHERE x::text LIKE ANY ($1) LIMIT 1`, [
      texts.map((text) => `%${text.replaceAll('_', String.raw`\_`)}%`),
    ]);
    expect(rows, name).toEqual([]);
  }
}
