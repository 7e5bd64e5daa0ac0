import { isDeepStrictEqual } from 'node:util';
import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import type { SteeringState } from '../../../../domain/engine/steering.js';
import { writeMigrations } from '../../migrations/migrations.js';
import type { AccountStatus } from '../../../../domain/conversations/statuses.js';
import { requestAttachments } from '../attachments/brands-to-fetch.js';
import { jsonText } from '../../sql/json-text.js';
import { readAccountMigration } from './migration-columns.js';
import { CHANGES_AT_ONCE, membersChanged, patchDocument, writeDocuments } from './status-document-writer.js';
import type { Transaction } from '../../sql/transaction.js';
import type { StatusContext, StatusDraft } from './status-draft.js';
import { type LockedAccount, type StatusScope, readPart, readWhole } from './status-reading.js';

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
 * 2. Read the statuses in the scope, or all of the account's, and let `change` change them along the allowed steps.
 * 3. Derive the account's status from its brands'; write the rows whose `migration` is another now,
 *    and the migration's row where its status is, or what was asked of it.
 * 4. Where a cancellation is over, have attachments of complete brands fetched: the runs that fetched them were cancelled.
 * 5. Write the status document if its text is another, with a version that only grows, and notify in the same transaction:
 *    listeners hear of it once it can be read, and never of a change that was rolled back. Of a change in a scope only the members that
 *    changed are sent: an account of ten thousand brands has a document of a megabyte.
 *
 * Must run in a transaction; `transaction` of connect.ts gives one. A bulk import on a connection of `pg` cannot hand its
 * transaction over: it commits its rows first, and writes the small rows that go with the status (the phase's
 * `completed_at`) together with it in here. After a crash in between, the repetition does the second half.
 *
 * @param scope all that `change` looks at; left out, it sees the whole account
 */
export async function changeStatuses(
  tx: Transaction,
  accountId: string,
  change: (draft: StatusDraft) => void,
  context: StatusContext = {},
  scope?: StatusScope,
): Promise<StatusChange | undefined> {
  const rowId = await lockAccount(tx, accountId);
  if (rowId === undefined) return undefined;
  const part = scope && (await readPart(tx, { rowId, accountId }, scope, context));
  if (part !== undefined) return changePart(tx, part, change);
  const changes = await changeLocked(tx, [{ rowId, accountId }], change, context);
  return changes.get(accountId);
}

/** The same for several accounts, each with a draft of its own, in as many statements as for one; the caller has locked their rows. */
export async function changeLocked(
  tx: Transaction,
  accounts: readonly LockedAccount[],
  change: (draft: StatusDraft) => void,
  context: StatusContext = {},
): Promise<ReadonlyMap<string, StatusChange>> {
  const drafts = await readWhole(tx, accounts, context);
  const before = snapshot(drafts);
  const touched = drafts.filter((draft) => {
    change(draft);
    const untouched =
      draft.steering === before.steering.get(draft) &&
      rowsOf(draft).every((row) => row.migration === before.rows.get(row));
    return !untouched || draft.migration !== undefined || draft.counted.length > 0;
  });
  const cancelledBefore = touched.filter(
    (draft) => isCancelled(before.steering.get(draft)) || isCancelled(draft.steering),
  );
  for (const draft of touched) settle(draft);
  await writeRows(tx, touched, before);
  for (const draft of cancelledBefore) {
    if (isOverAndComplete(draft)) await requestAttachments(tx, draft.accountId, draft.at);
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

async function changePart(
  tx: Transaction,
  draft: StatusDraft,
  change: (draft: StatusDraft) => void,
): Promise<StatusChange> {
  const before = snapshot([draft]);
  const tally = draft.tally;
  change(draft);
  const wasCancelled = isCancelled(before.steering.get(draft)) || isCancelled(draft.steering);
  settle(draft);
  await writeRows(tx, [draft], before);
  if (wasCancelled && isOverAndComplete(draft)) await requestAttachments(tx, draft.accountId, draft.at);
  const status = draft.status();
  const members = membersChanged(draft, before.rows);
  const isSame = readAccountMigration(before.rows.get(draft))?.status === status;
  if (isSame && members?.length === 0 && isDeepStrictEqual(tally, draft.tally))
    return { status, changed: false };
  const canBePatched =
    members !== undefined && members.length <= CHANGES_AT_ONCE && !(isSame && members.length === 0);
  if (canBePatched && (await patchDocument(tx, draft, members))) return { status, changed: true };
  const changed = await writeDocuments(tx, await readWhole(tx, [draft], {}));
  return { status, changed: changed.has(draft.accountId) };
}

/** What follows from the brands. A cancellation of a migration that has all its messages came too late: nothing would ever clear it. */
function settle(draft: StatusDraft): void {
  const status = draft.status();
  draft.patchAccount({ status });
  if (status === 'all-messages-migrated' && isCancelled(draft.steering))
    draft.steering = { ...draft.steering, cancelled: undefined };
}

function isCancelled(steering: SteeringState | undefined): boolean {
  return steering?.cancelled !== undefined;
}

function isOverAndComplete(draft: StatusDraft): boolean {
  return !isCancelled(draft.steering) && (draft.tally['all-messages-migrated'] ?? 0) > 0;
}

/** Locks the account's row until the transaction ends; undefined when there is none. */
export async function lockAccount(tx: Transaction, accountId: string): Promise<bigint | undefined> {
  const rows = await tx.rows<{ id: bigint }>`
    SELECT id FROM accounts WHERE source_id = ${accountId} FOR NO KEY UPDATE`;
  return rows[0]?.id;
}

/** The same for several, in their order; unknown ones are left out, and with `skipLocked` those that somebody else has locked. */
export async function lockAccounts(
  tx: Transaction,
  accountIds: readonly string[],
  skipLocked: boolean,
): Promise<LockedAccount[]> {
  if (accountIds.length === 0) return [];
  const rows = skipLocked
    ? await tx.rows<LockedRow>`
        SELECT id, source_id FROM accounts WHERE source_id = ANY(${accountIds}) ORDER BY source_id
        FOR NO KEY UPDATE SKIP LOCKED`
    : await tx.rows<LockedRow>`
        SELECT id, source_id FROM accounts WHERE source_id = ANY(${accountIds}) ORDER BY source_id FOR NO KEY UPDATE`;
  return rows.map(({ id: rowId, source_id: accountId }) => ({ rowId, accountId }));
}

interface LockedRow {
  readonly id: bigint;
  readonly source_id: string;
}

interface Snapshot {
  readonly rows: ReadonlyMap<object, unknown>;
  readonly steering: ReadonlyMap<StatusDraft, SteeringState>;
}

/** The draft replaces a `migration` and never changes one in place, so that identity tells what to look at. */
function snapshot(drafts: readonly StatusDraft[]): Snapshot {
  return {
    rows: new Map(drafts.flatMap(rowsOf).map((row) => [row, row.migration] as const)),
    steering: new Map(drafts.map((draft) => [draft, draft.steering])),
  };
}

function rowsOf(draft: StatusDraft): { readonly migration: object | undefined }[] {
  return [draft, ...draft.brands, ...draft.brands.flatMap((brand) => brand.channels)];
}

async function writeRows(tx: Transaction, drafts: readonly StatusDraft[], before: Snapshot): Promise<void> {
  const isChanged = (row: { readonly migration: object | undefined }): boolean =>
    row.migration !== before.rows.get(row) &&
    JSON.stringify(row.migration) !== JSON.stringify(before.rows.get(row));
  const steered = drafts.filter((draft) => !isDeepStrictEqual(draft.steering, before.steering.get(draft)));
  const accounts = drafts.filter(isChanged);
  const ofDrafts = drafts.flatMap((draft) => draft.brands);
  const brands = ofDrafts.filter(isChanged);
  const channels = ofDrafts.flatMap((brand) => brand.channels).filter(isChanged);
  if (accounts.length > 0) {
    await tx.run`
      UPDATE accounts SET migration = changed.migration
      FROM jsonb_to_recordset(${columnsOf(accounts)}::jsonb) AS changed (id bigint, migration jsonb) WHERE accounts.id = changed.id`;
  }
  const migrations = [...new Set([...accounts, ...steered])];
  await writeMigrations(
    tx,
    CONVERSATIONS,
    migrations.map(({ accountId, name, steering, migration }) => ({
      subject: accountId,
      name,
      status: migration?.status ?? 'none',
      steering,
    })),
  );
  if (brands.length > 0) {
    await tx.run`
      UPDATE brands SET migration = changed.migration
      FROM jsonb_to_recordset(${columnsOf(brands)}::jsonb) AS changed (id bigint, migration jsonb)
      WHERE brands.id = changed.id AND brands.id = ANY(${idsOf(brands)})`;
  }
  if (channels.length > 0) {
    await tx.run`
      UPDATE channels SET migration = changed.migration
      FROM jsonb_to_recordset(${columnsOf(channels)}::jsonb) AS changed (id bigint, migration jsonb)
      WHERE channels.id = changed.id AND channels.id = ANY(${idsOf(channels)})`;
  }
}

/** Told apart from what is written, so that PostgreSQL knows how few they are and reads no others. */
function idsOf(rows: readonly { readonly rowId: bigint }[]): bigint[] {
  return rows.map(({ rowId }) => rowId);
}

/** An account may have thousands of channels: they are written by one statement. */
function columnsOf(
  rows: readonly { readonly rowId: bigint; readonly migration: object | undefined }[],
): string {
  return jsonText(rows.map(({ rowId, migration }) => ({ id: String(rowId), migration })));
}
