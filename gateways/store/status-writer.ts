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
  const draft = await lockAndRead(tx, accountId, context);
  if (!draft) return undefined;
  const before = snapshot(draft);
  change(draft);
  const untouched = rowsOf(draft).every((row) => row.migration === before.get(row));
  if (untouched && !draft.migration && draft.counted.length === 0) return { status: 'none', changed: false };
  const wasCancelled = isCancelled(before.get(draft)) || isCancelled(draft.migration);
  settle(draft);
  await writeRows(tx, draft, before);
  if (wasCancelled && !isCancelled(draft.migration) && draft.counted.some(isComplete))
    await haveAttachmentsFetched(tx, accountId);
  const changed = await writeDocument(tx, accountId, statusText(draft));
  return { status: draft.status(), changed };
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

async function lockAndRead(
  tx: StoreTransaction,
  accountId: string,
  context: StatusContext,
): Promise<StatusDraft | undefined> {
  const rowId = await lockAccount(tx, accountId);
  if (rowId === undefined) return undefined;
  const account = await tx.account.findUniqueOrThrow({ where: { id: rowId }, select: { migration: true } });
  const brands = await tx.brand.findMany({
    where: { accountId: rowId },
    select: { id: true, sourceId: true, migration: true },
    orderBy: { id: 'asc' },
  });
  const channels = await tx.channel.findMany({
    where: { brand: { accountId: rowId } },
    select: { id: true, brandId: true, sourceId: true, phoneNumber: true, migration: true },
    orderBy: { id: 'asc' },
  });
  const ofBrand = new Map<bigint, typeof channels>(brands.map((brand) => [brand.id, []]));
  for (const channel of channels) ofBrand.get(channel.brandId)?.push(channel);
  return new StatusDraft(
    accountId,
    rowId,
    readAccountMigration(account.migration),
    brands.map((brand) => ({
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
  );
}

type Snapshot = ReadonlyMap<object, unknown>;

/** The draft replaces a `migration` and never changes one in place, so that identity tells what to look at. */
function snapshot(draft: StatusDraft): Snapshot {
  return new Map(rowsOf(draft).map((row) => [row, row.migration] as const));
}

function rowsOf(draft: StatusDraft): { readonly migration: object | undefined }[] {
  return [draft, ...draft.brands, ...draft.brands.flatMap((brand) => brand.channels)];
}

async function writeRows(tx: StoreTransaction, draft: StatusDraft, before: Snapshot): Promise<void> {
  const isChanged = (row: { readonly migration: object | undefined }): boolean =>
    row.migration !== before.get(row) && JSON.stringify(row.migration) !== JSON.stringify(before.get(row));
  if (isChanged(draft)) {
    await tx.$executeRaw`UPDATE accounts SET migration = ${json(draft.migration)}::jsonb WHERE id = ${draft.rowId}`;
  }
  const brands = draft.brands.filter(isChanged);
  const channels = draft.brands.flatMap((brand) => brand.channels).filter(isChanged);
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

async function writeDocument(tx: StoreTransaction, accountId: string, document: string): Promise<boolean> {
  const written = await tx.$executeRaw`
    INSERT INTO status_documents AS held (account_source_id, document, version, changed_at)
    VALUES (${accountId}, ${document}, 1, clock_timestamp())
    ON CONFLICT (account_source_id) DO UPDATE
      SET document = excluded.document, version = held.version + 1, changed_at = clock_timestamp()
      WHERE held.document <> excluded.document`;
  if (written === 0) return false;
  await tx.$executeRaw`SELECT pg_notify(${STATUS_CHANNEL}, ${accountId})`;
  return true;
}

/** Failures and names of operators come from elsewhere: what jsonb cannot hold must not keep a status from being written. */
function json(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  );
}
