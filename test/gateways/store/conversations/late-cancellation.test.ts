import { beforeEach, describe, expect, test } from 'vitest';
import { operationWorkflowId } from '../../../../domain/conversations/ids.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { addRows, BRAND_PATHS, leadBrand, rememberedOf, steerAccount } from '../world.js';
import { forEachTest } from '../../../support/for-this-file.js';

let store: FreshStore;
let account: string;
let brand: string;
forEachTest(freshStore, (opened, ids) => {
  store = opened;
  ({ account, brand } = ids);
});
const cancel = () => store.within((tx) => steerAccount(tx, account, 'cancel'));
const complete = () =>
  store.within((tx) =>
    statuses.setBrandStatus(tx, { accountId: account, brandId: brand }, 'all-messages-migrated'),
  );

const migrationOf = () => rememberedOf(store, account);

/** An attachment that nobody has fetched. */
async function addAttachment(of: string): Promise<void> {
  await store.pool.query(
    `WITH b AS (SELECT id FROM brands WHERE source_id = $1),
       m AS (INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
         VALUES (1, 'msg_' || $1, 'in', 'text', now(), 'k', 't') RETURNING id)
     INSERT INTO attachments (message_id, brand_id, source_id, source_url)
     SELECT m.id, b.id, 'att_1', 'http://files.example' FROM m, b`,
    [of],
  );
}

const messages = () =>
  store.prisma.workflowMessage.findMany({
    where: { subject: account },
    select: { workflowId: true, signal: true },
  });
const fetching = () => ({
  workflowId: operationWorkflowId(account, 'retry-attachments'),
  signal: 'retry-attachments',
});

describe('A cancellation at the end of the last phase', () => {
  beforeEach(async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, BRAND_PATHS['recent-messages-migrated']);
    await addAttachment(brand);
  });

  test('is dropped as the last brand is complete, and attachments are fetched', async () => {
    await cancel();
    expect(await migrationOf()).toHaveProperty('cancelled');
    await complete();
    expect(await migrationOf()).toMatchObject({ status: 'all-messages-migrated' });
    expect(await migrationOf()).not.toHaveProperty('cancelled');
    expect(await messages()).toEqual([fetching()]);
  });

  test('is dropped if the workflow records it after the last brand is complete', async () => {
    await complete();
    expect(await messages()).toEqual([]);
    await store.within((tx) => statuses.recordCancellation(tx, account, 'somebody in Temporal'));
    expect(await migrationOf()).not.toHaveProperty('cancelled');
    expect(await messages()).toEqual([fetching()]);
  });

  test('starts nothing where no attachment waits', async () => {
    await store.pool.query('UPDATE attachments SET stored_url = $1', ['file:///x']);
    await cancel();
    await complete();
    expect(await messages()).toEqual([]);
  });
});

describe('A start after a cancellation', () => {
  test('fetches the attachments of brands with all their messages, since no run of theirs follows', async () => {
    const other = `${brand}_2`;
    await addRows(store, account, { [brand]: [], [other]: [] });
    await leadBrand(store, account, brand, BRAND_PATHS['all-messages-migrated']);
    await leadBrand(store, account, other, BRAND_PATHS['recent-messages-migrated']);
    await addAttachment(brand);
    await cancel();
    await store.within((tx) => statuses.recordCancellation(tx, account, 'operator'));
    expect(await messages()).toEqual([]);
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    expect(await messages()).toEqual([fetching()]);
  });

  test('leaves the fetching to the brands if none is complete', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, BRAND_PATHS['recent-messages-migrated']);
    await addAttachment(brand);
    await cancel();
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    expect(await messages()).toEqual([]);
  });
});
