/** Creates the rows of an account that is seen for the first time, all `pending`. */

import { sourceChannelOf } from '../../../../domain/conversations/source-channel.js';
import type { MigrationPayload, SourceAccount } from '../../../../domain/conversations/payload.js';
import type { Store } from '../../sql/connect.js';
import { transaction } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';
import { jsonText } from '../../sql/json-text.js';
import { readAccountMigration } from '../status/migration-columns.js';
import { type BrandRows, accountFactsOf, writeAccountRows, writeBrandRowsOfMany } from './payload-rows.js';
import type { StatusContext, StatusDraft } from '../status/status-draft.js';
import { changeLocked } from '../status/status-writer.js';
import type { LockedAccount } from '../status/status-reading.js';

/** What Conversations returned for an account. */
export interface NewAccount {
  readonly source: SourceAccount;
  /** Undefined if there is none, or it did not arrive in time. */
  readonly payload: MigrationPayload | undefined;
}

export interface FilledIn {
  /** The accounts' rows, locked. */
  readonly locked: readonly LockedAccount[];
  /** Sets the account's statuses. Changes nothing for an account that already has one. */
  readonly change: (draft: StatusDraft) => void;
}

/**
 * Fills in an account of status `none`: creates rows for it and, with a payload, for its brands and channels, all `pending`. An account that has a
 * status does not change. Skips brands and channels whose id belongs to another account here; a start reports them. Throws StoreUnavailable.
 */
export async function fillInAccount(
  store: Store,
  source: SourceAccount,
  payload: MigrationPayload | undefined,
  context?: StatusContext,
): Promise<void> {
  await transaction(store.control, 'fill-in-account', async (tx) => {
    const [held] = await tx.rows<{ migration: unknown }>`
      SELECT migration FROM accounts WHERE source_id = ${source.account_id}`;
    if (held && hasStatus(held.migration)) return;
    const { locked, change } = await fillInAccounts(tx, [{ source, payload }]);
    await changeLocked(tx, locked, change, context);
  });
}

/** Creates the rows of several accounts. The caller changes their statuses in the same transaction. */
export async function fillInAccounts(tx: Transaction, met: readonly NewAccount[]): Promise<FilledIn> {
  if (met.length === 0) return { locked: [], change: () => undefined };
  const rows = await writeAccountRows(
    tx,
    met.map(({ source, payload }) =>
      payload ? accountFactsOf(payload) : { accountId: source.account_id, name: source.name },
    ),
  );
  // A migration may have started before the row was locked.
  const fresh = met.flatMap(({ source: { account_id: accountId }, payload }) => {
    const row = rows.get(accountId);
    return row === undefined || hasStatus(row.migration) ? [] : [{ accountId, rowId: row.rowId, payload }];
  });
  const given = fresh.flatMap(({ accountId, rowId, payload }) =>
    payload === undefined ? [] : [{ accountId, accountRowId: rowId, brands: payload.brands }],
  );
  const brandRows = await writeBrandRowsOfMany(tx, given);
  const channels = new Map(
    given.map(({ accountId, brands }, at) => [accountId, channelsOf(accountId, brands, brandRows[at]?.own)]),
  );
  const all = [...channels.values()].flat();
  if (all.length > 0) {
    const rows = all.map(({ brandId, source: { channelId, type, name, phoneNumber } }) => ({
      brand: String(brandId),
      id: channelId,
      type,
      name,
      phone: phoneNumber,
    }));
    await tx.run`
      INSERT INTO channels (brand_id, source_id, type, name, phone_number)
      SELECT brand, id, type, name, phone
      FROM jsonb_to_recordset(${jsonText(rows)}::jsonb) AS given (brand bigint, id text, type text, name text, phone text)
      ON CONFLICT DO NOTHING`;
  }
  const payloads = new Map(fresh.map(({ accountId, payload }) => [accountId, payload]));
  return {
    locked: [...rows].map(([accountId, { rowId }]) => ({ accountId, rowId })),
    change(draft) {
      if (!payloads.has(draft.accountId)) return;
      draft.patchAccount({ status: 'pending' });
      const payload = payloads.get(draft.accountId);
      if (payload !== undefined) nameBrands(draft, payload, channels.get(draft.accountId) ?? []);
    },
  };
}

type Channels = readonly { readonly brandId: bigint; readonly source: ReturnType<typeof sourceChannelOf> }[];

/** Brands and channels that already belong to others are not part of the migration and keep having no status. */
function channelsOf(
  accountId: string,
  brands: MigrationPayload['brands'],
  own: BrandRows['own'] | undefined,
): Channels {
  return brands.flatMap((brand) => {
    const brandId = own?.get(brand.brand_id);
    if (brandId === undefined) return [];
    const sources = brand.channels.map((channel) => sourceChannelOf(channel, accountId));
    return sources.filter((source) => source.idLost !== true).map((source) => ({ brandId, source }));
  });
}

function nameBrands(draft: StatusDraft, payload: MigrationPayload, channels: Channels): void {
  const places = new Map(
    channels.map(({ source }, place) => [source.channelId, { place, port: source.port }]),
  );
  for (const [position, { brand_id: brandId }] of payload.brands.entries()) {
    const brand = draft.brand(brandId);
    if (!brand) continue;
    draft.patchBrand(brand, { position });
    draft.setBrand(brand, 'pending');
    for (const channel of brand.channels) {
      const known = places.get(channel.channelId);
      if (!known) continue;
      draft.patchChannel(channel, { position: known.place, port: known.port });
      draft.setChannel(channel, 'pending');
    }
  }
}

function hasStatus(column: unknown): boolean {
  return (readAccountMigration(column)?.status ?? 'none') !== 'none';
}
