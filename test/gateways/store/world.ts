import { migrationOf } from '../../../domain/conversations/migration.js';
import type { BrandStatus, ChannelStatus } from '../../../domain/conversations/statuses.js';
import { cancelled, paused, resumed } from '../../../domain/engine/steering.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import { readSteered } from '../../../gateways/store/conversations/status/account-migration.js';
import { STEERED_ACCOUNTS } from '../../../gateways/store/conversations/status/steered-accounts.js';
import { changeStatuses } from '../../../gateways/store/conversations/status/status-writer.js';

/** The allowed steps to each status. */
export const BRAND_PATHS: Record<BrandStatus, BrandStatus[]> = {
  none: [],
  pending: ['pending'],
  migrating: ['migrating'],
  'recent-messages-migrated': ['migrating', 'recent-messages-migrated'],
  'all-messages-migrated': ['migrating', 'recent-messages-migrated', 'all-messages-migrated'],
  'channel-failure': ['migrating', 'channel-failure'],
  'recent-messages-failure': ['migrating', 'recent-messages-failure'],
  'remaining-messages-failure': ['migrating', 'recent-messages-migrated', 'remaining-messages-failure'],
};
/** Makes account, brands and channels as rows without a status. */
export async function addRows(
  store: Store,
  accountId: string,
  brands: Record<string, readonly string[]>,
): Promise<void> {
  const account = await store.prisma.account.create({ data: { sourceId: accountId, name: 'Lakeside' } });
  for (const [brandId, channels] of Object.entries(brands)) {
    const brand = await store.prisma.brand.create({
      data: { accountId: account.id, sourceId: brandId, name: 'Brand' },
    });
    for (const channelId of channels) {
      await store.prisma.channel.create({ data: { brandId: brand.id, sourceId: channelId, type: 'sms' } });
    }
  }
}

const CHANGES = { pause: paused, resume: resumed, cancel: cancelled };

/** As an operator pauses, resumes or cancels a migration. */
export async function steerAccount(
  tx: Transaction,
  accountId: string,
  action: keyof typeof CHANGES,
  by = 'operator',
  since = '2026-01-02T00:00:00.000Z',
): Promise<void> {
  await STEERED_ACCOUNTS.steer(tx, accountId, (state) => CHANGES[action](state, { by, since }));
}

/** Marks a migration `paused` or `cancelled`, as another process would; null removes the mark. */
export async function setFlag(
  on: { query(sql: string, values: unknown[]): Promise<unknown> },
  accountId: string,
  flag: 'paused' | 'cancelled',
  steered: { readonly by: string } | null,
): Promise<void> {
  await on.query(
    `INSERT INTO carryover.migrations (kind, subject, ${flag}) VALUES ('conversations', $1, $2)
     ON CONFLICT (kind, subject) DO UPDATE SET ${flag} = excluded.${flag}`,
    [accountId, steered],
  );
}

/** The store's state of an account's migration: the column's members and its requested state. Omits what is not set. */
export async function rememberedOf({ control }: Store, accountId: string): Promise<Record<string, unknown>> {
  const { migration, steering } = (await readSteered(control, accountId)) ?? {};
  const remembered = { ...migration, ...steering, started: steering?.started === true ? true : undefined };
  return JSON.parse(JSON.stringify(remembered)) as Record<string, unknown>;
}

/** Makes all of an account's rows `pending`, as for a new account. */
export async function makePending(tx: Transaction, accountId: string): Promise<void> {
  await changeStatuses(tx, accountId, (draft) => {
    if (!draft.migration) draft.patchAccount({ status: 'pending' });
    for (const brand of draft.brands) {
      if (!brand.migration) draft.setBrand(brand, 'pending');
      for (const channel of brand.channels) if (!channel.migration) draft.setChannel(channel, 'pending');
    }
  });
}

/** Brings a brand to a status along the allowed steps. */
export async function leadBrand(
  store: Store,
  accountId: string,
  brandId: string,
  path: readonly BrandStatus[],
): Promise<void> {
  await transaction(store.control, 'test', (tx) =>
    changeStatuses(tx, accountId, (draft) => {
      for (const status of path) draft.setBrand(draft.brand(brandId)!, status, failureFor(status));
    }),
  );
}

/** The account's own change of a channel, where the test has a transaction. */
export async function setChannel(
  tx: Transaction,
  accountId: string,
  channelId: string,
  to: ChannelStatus,
): Promise<void> {
  await changeStatuses(tx, accountId, (draft) => {
    draft.setChannel(draft.channel(channelId)!, to, failureFor(to));
  });
}

export async function leadChannel(
  store: Store,
  accountId: string,
  channelId: string,
  path: readonly ChannelStatus[],
): Promise<void> {
  await transaction(store.control, 'test', (tx) =>
    changeStatuses(tx, accountId, (draft) => {
      for (const status of path) draft.setChannel(draft.channel(channelId)!, status, failureFor(status));
    }),
  );
}

export async function documentOf(
  store: Store,
  accountId: string,
): Promise<{ document: unknown; version: bigint } | undefined> {
  const row = await store.prisma.statusDocument.findUnique({
    where: { kind_subject: migrationOf(accountId) },
  });
  return row ? { document: JSON.parse(row.document) as unknown, version: row.version } : undefined;
}

function failureFor(status: string): { type: 'Unexpected'; message: string } | undefined {
  return status.includes('failure') ? { type: 'Unexpected', message: `made ${status}` } : undefined;
}
