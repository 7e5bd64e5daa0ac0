import { migrationOf } from '../../../../domain/conversations/migration.js';
import { describe, expect, test } from 'vitest';
import type { Transaction } from '../../../../gateways/store/sql/transaction.js';
import { provisionChannels } from '../../../../gateways/store/conversations/account/channels.js';
import { changeStatuses } from '../../../../gateways/store/conversations/status/status-writer.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { addRows, documentOf, makePending } from '../world.js';
import { forEachTest } from '../../../support/for-this-file.js';

let store: FreshStore;
let account: string;
forEachTest(freshStore, (opened, ids) => {
  store = opened;
  ({ account } = ids);
});
const textOf = async () =>
  (await store.prisma.statusDocument.findUniqueOrThrow({ where: { kind_subject: migrationOf(account) } }))
    .document;

/** The document is what the rows say: writing it as a whole changes nothing. */
async function expectWhole(): Promise<void> {
  const before = await textOf();
  expect(await store.within((tx) => changeStatuses(tx, account, () => undefined))).toMatchObject({
    changed: false,
  });
  expect(await textOf()).toBe(before);
}

async function start(brands: Record<string, readonly string[]>): Promise<void> {
  await addRows(store, account, brands);
  await store.within((tx) => makePending(tx, account));
  await store.within((tx) => statuses.beginStart(tx, account, 'tester'));
}

const setBrand = (brandId: string, status: Parameters<typeof statuses.setBrandStatus>[2]) =>
  store.within((tx) => statuses.setBrandStatus(tx, { accountId: account, brandId }, status));

/** So far in this session; PostgreSQL counts them up to some moment between transactions. */
const touchedRows = (tx: Transaction) =>
  tx.rows<{ relname: string; read: number; written: number }>`
    SELECT relname, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS read, n_tup_upd::int AS written
    FROM pg_stat_xact_user_tables WHERE relname IN ('brands', 'channels') ORDER BY 1`;

describe("A brand's change of status", () => {
  test('reads and writes only that brand, and notifies only its member', async () => {
    const brands = Array.from({ length: 3_000 }, (_, place) => `${account}_${place}`);
    await store.pool.query(
      `WITH m AS (INSERT INTO carryover.migrations (kind, subject, name, status, started) VALUES ('conversations', $1, 'Wide', 'migrating', true)),
         a AS (INSERT INTO accounts (source_id, name, migration) VALUES ($1, 'Wide', '{"status": "migrating"}') RETURNING id),
         b AS (INSERT INTO brands (account_id, source_id, name, migration) SELECT a.id, brand, 'B', '{"status": "migrating"}'
           FROM a, unnest($2::text[]) brand RETURNING id, source_id)
       INSERT INTO channels (brand_id, source_id, type, migration) SELECT id, source_id || '_c', 'sms', '{"status": "ready"}' FROM b`,
      [account, brands],
    );
    await store.pool.query('ANALYZE brands, channels');
    await store.within((tx) => changeStatuses(tx, account, () => undefined));
    const [first, second] = brands as [string, string];
    const touched = await store.within(async (tx) => {
      const before = await touchedRows(tx);
      await statuses.setBrandStatus(tx, { accountId: account, brandId: first }, 'recent-messages-migrated');
      const after = await touchedRows(tx);
      return after.map(({ relname, read, written }, at) => ({
        relname,
        few: read - before[at]!.read < 10,
        written: written - before[at]!.written,
      }));
    });
    expect(touched).toEqual([
      { relname: 'brands', few: true, written: 1 },
      { relname: 'channels', few: true, written: 0 },
    ]);
    expect((await documentOf(store, account))?.document).toMatchObject({
      status: 'migrating',
      brands: { [first]: 'recent-messages-migrated', [second]: 'migrating' },
    });
    await expectWhole();
  });

  test('leads to the account status that follows from all its brands', async () => {
    const [one, two, three] = [`${account}_1`, `${account}_2`, `${account}_3`];
    await start({ [one]: [], [two]: [], [three]: [] });
    const seen: unknown[] = [];
    const step = async (brandId: string, status: Parameters<typeof setBrand>[1]) => {
      seen.push((await setBrand(brandId, status))?.status);
      await expectWhole();
    };
    for (const brandId of [one, two, three]) await step(brandId, 'recent-messages-migrated');
    await store.within((tx) =>
      statuses.recordBrandFailure(
        tx,
        { accountId: account, brandId: two },
        { during: 'remaining', failure: { type: 'SourceUnavailable', message: 'away' } },
      ),
    );
    await expectWhole();
    for (const brandId of [one, three]) await step(brandId, 'all-messages-migrated');
    await store.within((tx) => statuses.beginStart(tx, account, 'tester'));
    await step(two, 'all-messages-migrated');
    expect(seen).toEqual([
      'migrating',
      'migrating',
      'recent-messages-migrated',
      'remaining-messages-failure',
      'remaining-messages-failure',
      'all-messages-migrated',
    ]);
  });

  const ODD = [
    ':',
    ',',
    '"',
    '\\',
    '{',
    '},"channels":{',
    ',"brands":{',
    'x,',
    'x:',
    '1',
    '__proto__',
    'é😀',
    'status',
    'none',
  ];

  test('finds its member with any ids, also beside a channel of the same id', async () => {
    const ids = ODD.map((odd) => `${odd}${account}${odd}`);
    await start(Object.fromEntries(ids.map((id) => [id, [id]])));
    for (const [place, id] of ids.entries()) {
      if (place % 2 === 0) await setBrand(id, 'recent-messages-migrated');
      else
        await provisionChannels(store, { accountId: account, brandId: id }, [
          { channelId: `${id}+`, type: 'email', name: null, phoneNumber: null, port: false, mistakes: [] },
          { channelId: id, type: 'sms', name: null, phoneNumber: null, port: false, mistakes: [] },
        ]);
      await expectWhole();
    }
    const { brands, channels } = (await documentOf(store, account))!.document as Record<string, object>;
    expect(Object.keys(brands!)).toHaveLength(ids.length);
    expect(Object.keys(channels!)).toHaveLength(ids.length + Math.floor(ids.length / 2));
  });

  test('writes the whole document if an older version has written it since', async () => {
    const [one, two] = [`${account}_1`, `${account}_2`];
    await start({ [one]: [], [two]: [] });
    await setBrand(one, 'recent-messages-migrated');
    // As that program would: it knows of no tally.
    await store.pool.query(
      `UPDATE brands SET migration = '{"status": "recent-messages-migrated"}' WHERE source_id = $1`,
      [two],
    );
    await store.pool.query(
      `UPDATE carryover.status_documents SET version = version + 1,
         document = replace(document, $2::text || '":"migrating"', $2 || '":"recent-messages-migrated"') WHERE subject = $1`,
      [account, two],
    );
    expect(await setBrand(one, 'all-messages-migrated')).toMatchObject({
      status: 'recent-messages-migrated',
    });
    await expectWhole();
  });
});
