import type { MessageRow, QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { removeAttachmentsOf } from '../attachments/files-to-remove.js';
import { rewrite } from '../copies/copies.js';
import { supersededHash, supersedeRows } from '../copies/superseded.js';
import { writeAttachments } from '../import/attachments.js';
import type { ImportedBrand } from '../import/brand.js';
import { INSERT_STAGED } from '../import/messages.js';
import { quarantineAnew, recordHash } from '../import/quarantine.js';
import { stageMessages } from '../import/staging.js';
import type { PlacedMessage } from '../import/staging.js';
import { AnotherCameFirst } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';
import type { MessageState } from './message-states.js';

/** A record that cannot be taken. */
export interface RefusedMessage {
  readonly brand: ImportedBrand;
  /** The phase that counts it. */
  readonly phase: string;
  readonly record: QuarantinedRecord;
}

/** Where messages belong. */
export interface Placement {
  readonly held: readonly PlacedMessage[];
  /** Copies that are valid, but lost to another copy of their message. */
  readonly superseded: readonly { readonly brand: ImportedBrand; readonly row: MessageRow }[];
  /** Refused copies of messages of which another copy is held or quarantined. */
  readonly supersededRefused: readonly RefusedMessage[];
  readonly quarantined: readonly RefusedMessage[];
}

/**
 * Brings the account's messages from their states to where they belong. Corrects no tally. The account's lock must be held alone.
 *
 * 1. Removes superseded copies, quarantined records and messages that do not belong there; messages together with their attachments and files.
 * 2. Inserts messages, or gives existing rows their new contents: a row keeps its id, also when another copy of its message takes its place.
 * 3. Writes superseded copies and quarantined records.
 *
 * @param states everything that the store keeps of these messages
 */
export async function placeMessages(
  tx: Transaction,
  states: readonly MessageState[],
  { held, superseded, supersededRefused, quarantined }: Placement,
): Promise<void> {
  const ids = new Set(held.map(({ row }) => row.sourceId));
  const copies = new Set([
    ...superseded.map(({ brand, row }) => `${brand.id} ${supersededHash(row)}`),
    ...supersededRefused.map(({ brand, record }) => `${brand.id} ${hashOf(record)}`),
  ]);
  const kept = new Set(quarantined.map(({ record }) => hashOf(record)));
  await removeMessages(
    tx,
    states.filter(({ place, sourceId }) => place === 'held' && !ids.has(sourceId ?? '')),
  );
  await removeRows(
    tx,
    'carryover.superseded_copies',
    states.filter((state) => state.place === 'superseded' && !copies.has(`${state.brandId} ${state.hash}`)),
  );
  await removeRows(
    tx,
    'quarantined_records',
    states.filter(({ place, hash }) => place === 'quarantined' && !kept.has(hash)),
  );
  await writeHeld(tx, states, held);
  for (const [brand, some] of byBrand(superseded))
    await supersedeRows(
      tx,
      brand.id,
      some.map(({ row }) => row),
    );
  await supersedeRefused(tx, supersededRefused);
  for (const [{ brand, phase }, some] of byPhase(quarantined))
    await quarantineAnew(
      tx,
      brand,
      phase,
      some.map(({ record }) => record),
    );
}

async function removeMessages(tx: Transaction, states: readonly MessageState[]): Promise<void> {
  await removeRows(tx, 'messages', states);
  if (states.length === 0) return;
  await removeAttachmentsOf(
    tx,
    states.map(({ id }) => id),
  );
}

async function removeRows(tx: Transaction, table: string, states: readonly MessageState[]): Promise<void> {
  if (states.length === 0) return;
  await tx.query(`DELETE FROM ${table} WHERE id = ANY ($1::bigint[])`, [states.map(({ id }) => id)]);
}

/** Writes the messages that are new or have changed. */
export async function writeHeld(
  tx: Transaction,
  states: readonly MessageState[],
  placed: readonly PlacedMessage[],
): Promise<void> {
  const rows = new Map(states.flatMap((state) => (state.place === 'held' ? [[state.sourceId, state]] : [])));
  const changed = placed.filter((message) => !isHeldAs(message, rows.get(message.row.sourceId)));
  if (changed.length === 0) return;
  await stageMessages(tx, changed);
  const stored = changed.flatMap(({ row }) => rows.get(row.sourceId) ?? []);
  if (stored.length > 0) {
    const staged = new Map(changed.map(({ row }) => [row.sourceId, row]));
    await rewrite(
      tx,
      stored.map(({ id, sourceId }) => ({ id, sourceId: sourceId ?? '' })),
      staged,
    );
  }
  if (stored.length < changed.length) {
    const { rowCount } = await tx.query(INSERT_STAGED);
    if (rowCount !== changed.length - stored.length) throw new AnotherCameFirst();
  }
  await writeAttachments(
    tx,
    changed.map(({ row }) => row),
  );
}

function isHeldAs({ row, threadId }: PlacedMessage, state: MessageState | undefined): boolean {
  return (
    state !== undefined &&
    state.hash === supersededHash(row) &&
    state.threadId === threadId &&
    state.digest === row.digest &&
    state.attachments === row.attachments.length &&
    state.attachmentsDigest === row.attachmentsDigest
  );
}

/** Copies that were never counted in a digest. */
async function supersedeRefused(tx: Transaction, refused: readonly RefusedMessage[]): Promise<void> {
  if (refused.length === 0) return;
  await tx.query(
    `INSERT INTO carryover.superseded_copies (brand_id, source_id, source_key, source_key_hash)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
     ON CONFLICT (brand_id, source_key_hash) DO UPDATE
       SET source_id = excluded.source_id, digest = 0, attachments = 0, attachments_digest = 0`,
    [
      refused.map(({ brand }) => brand.id),
      refused.map(({ record }) => record.sourceId ?? record.identity),
      refused.map(({ record }) => record.sourceKey),
      refused.map(({ record }) => hashOf(record)),
    ],
  );
}

export function hashOf({ rangeKey, sourceKey }: QuarantinedRecord): string {
  return recordHash(rangeKey, sourceKey);
}

function byBrand<Of extends { readonly brand: ImportedBrand }>(all: readonly Of[]): [ImportedBrand, Of[]][] {
  return byPhase(all.map((one) => ({ ...one, phase: '' }))).map(([{ brand }, some]) => [brand, some]);
}

function byPhase<Of extends { readonly brand: ImportedBrand; readonly phase: string }>(
  all: readonly Of[],
): [Of, Of[]][] {
  const groups = new Map<string, [Of, Of[]]>();
  for (const one of all) {
    const name = `${one.brand.id} ${one.phase}`;
    const [, group] = groups.get(name) ?? [];
    if (group) group.push(one);
    else groups.set(name, [one, [one]]);
  }
  return [...groups.values()];
}
