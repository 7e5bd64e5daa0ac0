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
  /** The account's status after the change. */
  readonly status: AccountStatus;
  /** Whether the status document changed. */
  readonly changed: boolean;
}

/**
 * Changes statuses; nothing else may. Undefined if the store has no such account.
 *
 * 1. Locks the account's row, so that each writer sees what the previous one wrote. The lock does not affect foreign keys, so imports continue to
 *    insert.
 * 2. Reads the statuses in the scope, or all of the account, and lets `change` change them along the allowed steps.
 * 3. Derives the account's status from its brands. Writes the rows whose `migration` changed, and the migration's row if its status or requested
 *    state changed.
 * 4. After a cancellation has ended, requests the attachments of complete brands, because the runs that fetched them were cancelled.
 * 5. Writes the status document if its text changed, with an increasing version, and notifies in the same transaction: listeners hear of it once it
 *    is committed, and never of a rollback. A change in a scope sends only the changed members, because an account of ten thousand brands has a
 *    document of a megabyte.
 *
 * Must run in a transaction, which may contain other writes that belong to the status, such as the phase's `completed_at`.
 *
 * @param scope everything that `change` uses; by default the whole account
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

/** The same for several accounts, each with a draft of its own, in as many statements as for one. The caller must hold the locks of their rows. */
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

/**
 * Derives the account's status. A cancellation of a migration that has all its messages came too late and is cleared here, because nothing else
 * would.
 */
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

/** Locks the account's row until the transaction ends; undefined if there is none. */
export async function lockAccount(tx: Transaction, accountId: string): Promise<bigint | undefined> {
  const rows = await tx.rows<{ id: bigint }>`
    SELECT id FROM accounts WHERE source_id = ${accountId} FOR NO KEY UPDATE`;
  return rows[0]?.id;
}

/** The same for several accounts, in order. Omits unknown ones and, with `skipLocked`, those that another transaction has locked. */
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

/** The recent messages are there. */
const READY: ReadonlySet<AccountStatus> = new Set([
  'recent-messages-migrated',
  'remaining-messages-failure',
  'all-messages-migrated',
]);

interface LockedRow {
  readonly id: bigint;
  readonly source_id: string;
}

interface Snapshot {
  readonly rows: ReadonlyMap<object, unknown>;
  readonly steering: ReadonlyMap<StatusDraft, SteeringState>;
}

/** A draft replaces a `migration` and never changes it in place, so identity shows what changed. */
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
      isReady: migration !== undefined && READY.has(migration.status),
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

/** Passed as separate parameters, so that PostgreSQL knows how few rows there are and reads no others. */
function idsOf(rows: readonly { readonly rowId: bigint }[]): bigint[] {
  return rows.map(({ rowId }) => rowId);
}

/** One statement for all rows: an account may have thousands of channels. */
function columnsOf(
  rows: readonly { readonly rowId: bigint; readonly migration: object | undefined }[],
): string {
  return jsonText(rows.map(({ rowId, migration }) => ({ id: String(rowId), migration })));
}
