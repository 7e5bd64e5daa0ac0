import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import type { MigrationPayload } from '../../../../domain/conversations/payload.js';
import { isPortingEnded, type PortingStatus } from '../../../../domain/conversations/porting.js';
import {
  channelFailure,
  type SourceChannel,
  sourceChannelOf,
} from '../../../../domain/conversations/source-channel.js';
import type { BrandStatus } from '../../../../domain/conversations/statuses.js';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import { NOT_STARTED, type SteeringState } from '../../../../domain/engine/steering.js';
import { STEERING_COLUMN, type SteeringColumn, steeringOf } from '../../migrations/migrations.js';
import type { Store } from '../../sql/connect.js';
import { transaction, type Transaction } from '../../sql/transaction.js';
import {
  type AccountMigration,
  readAccountMigration,
  readBrandMigration,
} from '../status/migration-columns.js';
import { numbersHeldByOthers } from './phone-numbers.js';
import { hasPhases, heldByAnother } from './preparations.js';

/** The store's data of an account whose payload is known, and the conflicts that its provisioning would meet. */
export interface Foreseen {
  readonly migration: AccountMigration | undefined;
  readonly steering: SteeringState;
  /** Slices of it were planned. */
  readonly isBegun: boolean;
  /** In the payload's order. */
  readonly brands: readonly ForeseenBrand[];
  readonly ports: { readonly open: number; readonly ended: number; readonly toOrder: number };
}

export interface ForeseenBrand {
  readonly brandId: string;
  readonly status: BrandStatus;
  /** It belongs to another account here, so it cannot be provisioned. */
  readonly foreign: Failure | undefined;
  readonly channels: readonly ForeseenChannel[];
}

export interface ForeseenChannel {
  readonly source: SourceChannel;
  /** It exists, so a start does not change it. */
  readonly stands: boolean;
  readonly failure: Failure | undefined;
}

/**
 * Judges brands and channels as provisioning would, in a transaction in which PostgreSQL refuses to write. What other accounts do until the start may
 * still change it. Throws StoreUnavailable.
 */
export async function foresee(store: Store, payload: MigrationPayload): Promise<Foreseen> {
  return transaction(store.control, 'foresee', async (tx) => {
    await tx.run`SET TRANSACTION READ ONLY`;
    const accountId = payload.account.account_id;
    const account = await readAccount(tx, accountId);
    const brands = await heldBrands(tx, payload);
    const sources = payload.brands.map(({ brand_id: brandId, channels }) => ({
      brandId,
      channels: channels.map((channel) => sourceChannelOf(channel, accountId)),
    }));
    const all = sources.flatMap(({ channels }) => channels);
    const held = await heldChannels(tx, all);
    const numbers = all.flatMap(({ phoneNumber }) => phoneNumber ?? []);
    const taken = await numbersHeldByOthers(tx, account?.rowId ?? -1n, numbers);
    /** Brand by channel id: the first of the payload gets the id. */
    const owners = new Map([...held].map(([channelId, { brandId }]) => [channelId, brandId]));
    const judge = (brandId: string, source: SourceChannel): ForeseenChannel => {
      const owner = source.idLost === true ? undefined : owners.get(source.channelId);
      if (source.idLost !== true && owner === undefined) owners.set(source.channelId, brandId);
      const isForeign = owner !== undefined && owner !== brandId;
      const status = isForeign ? undefined : held.get(source.channelId)?.status;
      const stands = status === 'ready' || status === 'porting';
      const isNumberTaken = source.phoneNumber !== null && taken.has(source.phoneNumber);
      const failure = channelFailure({ accountId, brandId }, source, { isForeign, isNumberTaken });
      return { source, stands, failure: stands ? undefined : failure };
    };
    const foreseen = sources.map(({ brandId, channels }): ForeseenBrand => {
      const row = brands.get(brandId);
      const foreign =
        row !== undefined && row.accountId !== accountId ? heldByAnother(accountId, brandId) : undefined;
      return {
        brandId,
        status: (foreign === undefined && row?.status) || 'none',
        foreign,
        channels: foreign === undefined ? channels.map((source) => judge(brandId, source)) : [],
      };
    });
    return {
      migration: account?.migration,
      steering: account?.steering ?? NOT_STARTED,
      isBegun: account !== undefined && (await hasPhases(tx, account.rowId)),
      brands: foreseen,
      ports: await foreseePorts(tx, account?.rowId ?? -1n, foreseen),
    };
  });
}

async function readAccount(tx: Transaction, accountId: string) {
  const { rows } = await tx.query<{ id: string; migration: unknown; steering: SteeringColumn }>(
    `SELECT a.id, a.migration, ${STEERING_COLUMN} FROM accounts a
     LEFT JOIN carryover.migrations m ON m.kind = $2 AND m.subject = a.source_id WHERE a.source_id = $1`,
    [accountId, CONVERSATIONS],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    rowId: BigInt(row.id),
    migration: readAccountMigration(row.migration),
    steering: steeringOf(row.steering),
  };
}

async function heldBrands(tx: Transaction, { brands }: MigrationPayload) {
  const rows = await tx.rows<{ brandId: string; accountId: string; migration: unknown }>`
    SELECT b.source_id AS "brandId", a.source_id AS "accountId", b.migration FROM brands b JOIN accounts a ON a.id = b.account_id
    WHERE b.source_id = ANY(${brands.map(({ brand_id: brandId }) => brandId)})`;
  return new Map(
    rows.map(({ brandId, accountId, migration }) => [
      brandId,
      { accountId, status: readBrandMigration(migration)?.status },
    ]),
  );
}

async function heldChannels(tx: Transaction, sources: readonly SourceChannel[]) {
  const ids = sources.filter(({ idLost }) => idLost !== true).map(({ channelId }) => channelId);
  const rows = await tx.rows<{ channelId: string; brandId: string; status: string | null }>`
    SELECT c.source_id AS "channelId", b.source_id AS "brandId", c.migration ->> 'status' AS status
    FROM channels c JOIN brands b ON b.id = c.brand_id WHERE c.source_id = ANY(${ids})`;
  return new Map(rows.map((row) => [row.channelId, row]));
}

/** Each number of the account is ported once, however many channels have it. */
async function foreseePorts(
  tx: Transaction,
  accountRowId: bigint,
  brands: readonly ForeseenBrand[],
): Promise<Foreseen['ports']> {
  const rows = await tx.rows<{ phoneNumber: string; status: PortingStatus }>`
    SELECT phone_number AS "phoneNumber", status FROM phone_portings WHERE account_id = ${accountRowId}`;
  const known = new Set(rows.map(({ phoneNumber }) => phoneNumber));
  const wanted = brands
    .flatMap(({ channels }) => channels)
    .filter(({ source, stands, failure }) => source.port && !stands && failure === undefined)
    .flatMap(({ source: { phoneNumber } }) => phoneNumber ?? []);
  const ended = rows.filter(({ status }) => isPortingEnded(status)).length;
  return {
    toOrder: new Set(wanted.filter((number) => !known.has(number))).size,
    open: rows.length - ended,
    ended,
  };
}
