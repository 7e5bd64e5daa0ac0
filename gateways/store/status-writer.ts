import { storable } from '../../domain/conversations/text.js';
import { STATUS_CHANNEL } from '../../domain/ids.js';
import type { AccountStatus } from '../../domain/statuses.js';
import { haveAttachmentsFetched } from './brands-to-fetch.js';
import type { StoreTransaction } from './connect.js';
import { readAccountMigration, readBrandMigration, readChannelMigration } from './migration-columns.js';
import { StatusDraft } from './status-draft.js';
import type { BrandDraft, StatusContext } from './status-draft.js';
import { statusText } from './status-text.js';

export interface StatusChange {
  /** The account's status after it. */
  readonly status: AccountStatus;
  /** The status document is another than before. */
  readonly changed: boolean;
}

/**
 * The one way in which a status changes. Undefined when the store has no such account.
 *
 * 1. Lock the account's row: of several writers each sees what the one before it has written. The lock leaves foreign keys
 *    alone, so that imports go on inserting meanwhile.
 * 2. Read all of the account's statuses, and let `change` change them along the allowed steps.
 * 3. Derive the account's status from its brands'; write the rows whose `migration` is another now.
 * 4. Where a cancellation is over, have attachments of complete brands fetched: the runs that fetched them were cancelled.
 * 5. Write the status document if its text is another, with a version that only grows, and notify in the same transaction:
 *    listeners hear of it once it can be read, and never of a change that was rolled back.
 *
 * Must run in a transaction; `inTransaction` of connect.ts gives one. A bulk import on a connection of `pg` cannot hand its
 * transaction over: it commits its rows first, and writes the small rows that go with the status (the phase's
 * `completed_at`) together with it in here. After a crash in between, the repetition does the second half.
 */
export async function changeStatuses(
  tx: StoreTransaction,
  accountId: string,
  change: (draft: StatusDraft) => void,
  context: StatusContext = {},
): Promise<StatusChange | undefined> {
  const rowId = await lockAccount(tx, accountId);
  if (rowId === undefined) return undefined;
  const changes = await changeLocked(tx, [{ rowId, accountId }], change, context);
  return changes.get(accountId);
}

export interface LockedAccount {
  readonly rowId: bigint;
  readonly accountId: string;
}

/** The same for several accounts, each with a draft of its own, in as many statements as for one; the caller has locked their rows. */
export async function changeLocked(
  tx: StoreTransaction,
  accounts: readonly LockedAccount[],
  change: (draft: StatusDraft) => void,
  context: StatusContext = {},
): Promise<ReadonlyMap<string, StatusChange>> {
  const drafts = await readDrafts(tx, accounts, context);
  const before = new Map(drafts.flatMap((draft) => [...snapshot(draft)]));
  const touched = drafts.filter((draft) => {
    change(draft);
    const untouched = rowsOf(draft).every((row) => row.migration === before.get(row));
    return !untouched || draft.migration !== undefined || draft.counted.length > 0;
  });
  const cancelledBefore = touched.filter(
    (draft) => isCancelled(before.get(draft)) || isCancelled(draft.migration),
  );
  for (const draft of touched) settle(draft);
  await writeRows(tx, touched, before);
  for (const draft of cancelledBefore) {
    if (!isCancelled(draft.migration) && draft.counted.some(isComplete))
      await haveAttachmentsFetched(tx, draft.accountId);
  }
  const changed = await writeDocuments(tx, touched);
  return new Map(
    drafts.map((draft) => [
      draft.accountId,
      touched.includes(draft)
        ? { status: draft.status(), changed: changed.has(draft.accountId) }
        : { status: 'none' as const, changed: false },
    ]),
  );
}

/** What follows from the brands. A cancellation of a migration that has all its messages came too late: nothing would ever clear it. */
function settle(draft: StatusDraft): void {
  const status = draft.status();
  draft.patchAccount({ status, ...(status === 'all-messages-migrated' && { cancelled: undefined }) });
}

function isCancelled(migration: unknown): boolean {
  return readAccountMigration(migration)?.cancelled !== undefined;
}

function isComplete({ migration }: BrandDraft): boolean {
  return migration?.status === 'all-messages-migrated';
}

/** Locks the account's row until the transaction ends; undefined when there is none. */
export async function lockAccount(tx: StoreTransaction, accountId: string): Promise<bigint | undefined> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM accounts WHERE source_id = ${accountId} FOR NO KEY UPDATE`;
  return rows[0]?.id;
}

/** The same for several, in their order; unknown ones are left out, and with `skipLocked` those that somebody else has locked. */
export async function lockAccounts(
  tx: StoreTransaction,
  accountIds: readonly string[],
  skipLocked: boolean,
): Promise<LockedAccount[]> {
  if (accountIds.length === 0) return [];
  const rows = skipLocked
    ? await tx.$queryRaw<LockedRow[]>`
        SELECT id, source_id FROM accounts WHERE source_id = ANY(${accountIds}) ORDER BY source_id
        FOR NO KEY UPDATE SKIP LOCKED`
    : await tx.$queryRaw<LockedRow[]>`
        SELECT id, source_id FROM accounts WHERE source_id = ANY(${accountIds}) ORDER BY source_id FOR NO KEY UPDATE`;
  return rows.map(({ id: rowId, source_id: accountId }) => ({ rowId, accountId }));
}

interface LockedRow {
  readonly id: bigint;
  readonly source_id: string;
}

async function readDrafts(
  tx: StoreTransaction,
  accounts: readonly LockedAccount[],
  context: StatusContext,
): Promise<StatusDraft[]> {
  const rowIds = accounts.map(({ rowId }) => rowId);
  const held = await tx.account.findMany({
    where: { id: { in: rowIds } },
    select: { id: true, migration: true },
  });
  const brands = await tx.brand.findMany({
    where: { accountId: { in: rowIds } },
    select: { id: true, accountId: true, sourceId: true, migration: true },
    orderBy: { id: 'asc' },
  });
  const channels =
    brands.length === 0
      ? []
      : await tx.channel.findMany({
          where: { brand: { accountId: { in: rowIds } } },
          select: { id: true, brandId: true, sourceId: true, phoneNumber: true, migration: true },
          orderBy: { id: 'asc' },
        });
  const migrations = new Map(held.map(({ id, migration }) => [id, migration]));
  const ofAccount = grouped(brands, ({ accountId }) => accountId);
  const ofBrand = grouped(channels, ({ brandId }) => brandId);
  return accounts.map(
    ({ rowId, accountId }) =>
      new StatusDraft(
        accountId,
        rowId,
        readAccountMigration(migrations.get(rowId)),
        (ofAccount.get(rowId) ?? []).map((brand) => ({
          rowId: brand.id,
          brandId: brand.sourceId,
          migration: readBrandMigration(brand.migration),
          channels: (ofBrand.get(brand.id) ?? []).map((channel) => ({
            rowId: channel.id,
            channelId: channel.sourceId,
            phoneNumber: channel.phoneNumber,
            migration: readChannelMigration(channel.migration),
          })),
        })),
        context,
      ),
  );
}

function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => bigint): ReadonlyMap<bigint, Row[]> {
  const groups = new Map<bigint, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

type Snapshot = ReadonlyMap<object, unknown>;

/** The draft replaces a `migration` and never changes one in place, so that identity tells what to look at. */
function snapshot(draft: StatusDraft): Snapshot {
  return new Map(rowsOf(draft).map((row) => [row, row.migration] as const));
}

function rowsOf(draft: StatusDraft): { readonly migration: object | undefined }[] {
  return [draft, ...draft.brands, ...draft.brands.flatMap((brand) => brand.channels)];
}

async function writeRows(
  tx: StoreTransaction,
  drafts: readonly StatusDraft[],
  before: Snapshot,
): Promise<void> {
  const isChanged = (row: { readonly migration: object | undefined }): boolean =>
    row.migration !== before.get(row) && JSON.stringify(row.migration) !== JSON.stringify(before.get(row));
  const accounts = drafts.filter(isChanged);
  const ofDrafts = drafts.flatMap((draft) => draft.brands);
  const brands = ofDrafts.filter(isChanged);
  const channels = ofDrafts.flatMap((brand) => brand.channels).filter(isChanged);
  if (accounts.length > 0) {
    await tx.$executeRaw`
      UPDATE accounts SET migration = changed.migration
      FROM jsonb_to_recordset(${columnsOf(accounts)}::jsonb) AS changed (id bigint, migration jsonb) WHERE accounts.id = changed.id`;
  }
  if (brands.length > 0) {
    await tx.$executeRaw`
      UPDATE brands SET migration = changed.migration
      FROM jsonb_to_recordset(${columnsOf(brands)}::jsonb) AS changed (id bigint, migration jsonb) WHERE brands.id = changed.id`;
  }
  if (channels.length > 0) {
    await tx.$executeRaw`
      UPDATE channels SET migration = changed.migration
      FROM jsonb_to_recordset(${columnsOf(channels)}::jsonb) AS changed (id bigint, migration jsonb) WHERE channels.id = changed.id`;
  }
}

/** An account may have thousands of channels: they are written by one statement. */
function columnsOf(
  rows: readonly { readonly rowId: bigint; readonly migration: object | undefined }[],
): string {
  return json(rows.map(({ rowId, migration }) => ({ id: String(rowId), migration })));
}

/** Answers the accounts whose document is another now: they are notified. */
async function writeDocuments(
  tx: StoreTransaction,
  drafts: readonly StatusDraft[],
): Promise<ReadonlySet<string>> {
  if (drafts.length === 0) return new Set();
  const accountIds = drafts.map(({ accountId }) => accountId);
  const documents = drafts.map((draft) => statusText(draft));
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH written AS (
      INSERT INTO status_documents AS held (account_source_id, document, version, changed_at)
      SELECT id, document, 1, clock_timestamp()
      FROM unnest(${accountIds}::text[], ${documents}::text[]) AS told (id, document) ORDER BY id
      ON CONFLICT (account_source_id) DO UPDATE
        SET document = excluded.document, version = held.version + 1, changed_at = clock_timestamp()
        WHERE held.document <> excluded.document
      RETURNING account_source_id AS id)
    SELECT id, pg_notify(${STATUS_CHANNEL}, id)::text AS notified FROM written`;
  return new Set(rows.map(({ id }) => id));
}

/** Failures and names of operators come from elsewhere: what jsonb cannot hold must not keep a status from being written. */
function json(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  );
}
