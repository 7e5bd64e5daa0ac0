import { beforeEach, describe, expect, test } from 'vitest';
import type {
  MigrationPayload,
  PayloadChannel,
  SourceAccount,
} from '../../../../domain/conversations/payload.js';
import { readAccountView } from '../../../../gateways/store/conversations/account/accounts.js';
import { fillInAccount } from '../../../../gateways/store/conversations/account/fill-in.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { documentOf } from '../world.js';
import { forThisFile } from '../../../support/for-this-file.js';

let store: FreshStore;
let counter = 0;
let acc: string;
forThisFile(freshStore, (opened) => (store = opened));
beforeEach(() => {
  counter += 1;
  acc = `acc_${counter}`;
});

const source = (): SourceAccount => ({ account_id: acc, name: 'Lakeside', status: 'active' });
const payload = (
  brands: Record<string, readonly PayloadChannel[]>,
  account: Partial<MigrationPayload['account']> = {},
): MigrationPayload => ({
  account: { account_id: acc, name: 'Lakeside Dental', locale: 'en-US', ...account },
  brands: Object.entries(brands).map(([brand_id, channels]) => ({
    brand_id,
    name: `Brand ${brand_id}`,
    channels: [...channels],
  })),
  messages: { kind: 'dynamodb' },
});
const id = (name: string): string => `${name}_${counter}`;

describe('A new account', () => {
  test('is shown as in Conversations, everything pending, in the payload’s order', async () => {
    await fillInAccount(
      store,
      source(),
      payload({
        [id('z')]: [
          {
            channel_id: id('2'),
            type: 'sms',
            name: 'Main',
            phone_number: '+14155550100',
            port_phone_number: true,
          },
          { channel_id: id('1'), type: 'fax', phone_number: 'none of your business' },
        ],
        [id('a')]: [{ channel_id: id('0'), type: null, name: 7, phone_number: 8 }],
      }),
    );
    const view = {
      account_id: acc,
      name: 'Lakeside Dental',
      status: 'inactive',
      migration_status: 'pending',
      brands: [
        {
          brand_id: id('z'),
          name: `Brand ${id('z')}`,
          migration_status: 'pending',
          channels: [
            { channel_id: id('2'), type: 'sms', phone_number: '+14155550100', migration_status: 'pending' },
            { channel_id: id('1'), type: 'fax', phone_number: null, migration_status: 'pending' },
          ],
        },
        {
          brand_id: id('a'),
          name: `Brand ${id('a')}`,
          migration_status: 'pending',
          channels: [{ channel_id: id('0'), type: '', phone_number: null, migration_status: 'pending' }],
        },
      ],
    };
    expect(await readAccountView(store, acc)).toEqual(view);
    expect(await documentOf(store, acc)).toMatchObject({ version: 1n, document: { status: 'pending' } });
  });

  test('is added once, however many requests come concurrently', async () => {
    const brands = { [id('b')]: [{ channel_id: id('c'), type: 'sms' }] };
    await Promise.all([1, 2, 3, 4].map(() => fillInAccount(store, source(), payload(brands))));
    expect(await documentOf(store, acc)).toEqual({
      version: 1n,
      document: { status: 'pending', brands: { [id('b')]: 'pending' }, channels: { [id('c')]: 'pending' } },
    });
  });

  test('may have no payload yet, or an invalid one, which the start reports', async () => {
    await fillInAccount(store, source(), undefined);
    expect(await readAccountView(store, acc)).toMatchObject({
      name: 'Lakeside',
      migration_status: 'pending',
      brands: [],
    });
    const other = { ...source(), account_id: `${acc}-other` };
    const taken = payload({ [id('b')]: [] }, { account_id: `${acc}-other` });
    await fillInAccount(store, other, taken);
    acc = `${acc}-third`;
    await fillInAccount(
      store,
      source(),
      payload({ [id('b')]: [{ channel_id: id('c'), type: 'sms' }], [id('own')]: [] }),
    );
    expect((await readAccountView(store, acc))?.brands.map((brand) => brand.brand_id)).toEqual([id('own')]);
  });

  test('is not changed once it has a status', async () => {
    await fillInAccount(store, source(), undefined);
    await transaction(store.control, 'test', (tx) => statuses.beginStart(tx, acc, 'app'));
    await fillInAccount(store, source(), payload({ [id('b')]: [] }));
    expect(await readAccountView(store, acc)).toMatchObject({
      name: 'Lakeside',
      status: 'migrating',
      migration_status: 'migrating',
      brands: [],
    });
  });

  test('keeps earlier rows of the helpdesk out of its migration', async () => {
    const native = await store.prisma.account.create({ data: { sourceId: acc, name: 'Here before' } });
    const brand = await store.prisma.brand.create({
      data: { accountId: native.id, sourceId: id('native'), name: 'N' },
    });
    await store.prisma.channel.create({
      data: { brandId: brand.id, sourceId: id('line'), type: 'sms', phoneNumber: '+14155550199' },
    });
    expect(await readAccountView(store, acc)).toMatchObject({ status: 'inactive', migration_status: 'none' });
    await fillInAccount(store, source(), payload({ [id('b')]: [] }));
    expect((await documentOf(store, acc))?.document).toEqual({
      status: 'pending',
      brands: { [id('native')]: 'none', [id('b')]: 'pending' },
      channels: { [id('line')]: 'none' },
    });
    await transaction(store.control, 'test', async (tx) => {
      await statuses.beginStart(tx, acc, 'app');
      await statuses.setBrandStatus(tx, { accountId: acc, brandId: id('b') }, 'recent-messages-migrated');
      await statuses.setBrandStatus(tx, { accountId: acc, brandId: id('b') }, 'all-messages-migrated');
    });
    expect(await readAccountView(store, acc)).toMatchObject({
      status: 'active',
      migration_status: 'all-messages-migrated',
    });
  });
});

test('An account that the store does not have has no view', async () => {
  expect(await readAccountView(store, 'acc_nowhere')).toBeUndefined();
});
