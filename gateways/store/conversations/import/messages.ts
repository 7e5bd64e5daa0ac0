import { quarantined } from '../../../../domain/conversations/records/quarantine.js';
import { HELD_BY_ANOTHER_ACCOUNT } from '../../../../domain/conversations/records/quarantine-reasons.js';
import type { MessageRow, QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { writeAttachments } from './attachments.js';
import { minus, NOTHING } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { ImportedBrand } from './brand.js';
import { copyNew } from './copy-new.js';
import { settleCopies } from '../copies/copies.js';
import type { Fate } from '../copies/copies.js';
import { quarantine } from './quarantine.js';
import type { ReadMessage } from './read-message.js';
import { MESSAGE_COLUMNS, stageMessages } from './staging.js';
import type { PlacedMessage } from './staging.js';
import { countingOf } from '../copies/counting.js';
import { isSmallerCopy } from '../copies/superseded.js';
import type { Transaction } from '../../sql/transaction.js';

/** A message with the store's thread, or the reason why it has none. */
export type Placement = { readonly read: ReadMessage } & (
  { readonly threadId: string } | { readonly threadless: string }
);

/** A message with a thread. */
interface Threaded {
  readonly read: ReadMessage;
  readonly threadId: string;
}

/** The winning copy within a batch. */
type Placed = Threaded & PlacedMessage;

/** Inserts staged messages whose ids do not exist yet. */
export const INSERT_STAGED = `
  INSERT INTO messages (${MESSAGE_COLUMNS}) SELECT ${MESSAGE_COLUMNS} FROM staged_messages ORDER BY source_id
  ON CONFLICT (source_id) DO NOTHING`;

/**
 * Writes messages of one brand in the caller's transaction. Every message read ends in exactly one of `messages`, `superseded_copies` and
 * `quarantined_records`.
 *
 * 1. COPY into `messages` and `attachments`, since nearly always all ids are new (`copyNew`).
 * 2. Otherwise the smallest copy of each message within the batch wins and the others are superseded. The batch is staged by COPY, inserted without
 *    existing ids, and each of those is settled with its row (`settleCopies`). Then the attachments of the rows are written.
 * 3. Quarantine what the mapping refused, what has no thread, and what another account holds.
 *
 * A dump may hold a record several times: the returned tally then counts only what is new or changed.
 */
export async function writeMessages(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
  read: readonly Placement[],
  records: readonly QuarantinedRecord[],
): Promise<Tally> {
  const counting = countingOf(brand);
  const refused: QuarantinedRecord[] = [...records];
  const threaded: Threaded[] = [];
  for (const placement of counting.once(read)) {
    if ('threadId' in placement) threaded.push(placement);
    else refused.push(quarantined('messages', placement.read.item, placement.threadless).record);
  }
  const { foreign, losers, before } = await insert(tx, brand, threaded);
  refused.push(...foreign.map(({ item }) => quarantined('messages', item, HELD_BY_ANOTHER_ACCOUNT).record));
  const superseded = await counting.supersede(tx, brand.id, losers);
  const tally = tallyOf(threaded, foreign, await quarantine(tx, brand, phase, refused));
  return minus(minus(tally, before), superseded);
}

interface Inserted {
  /** Held by another account. */
  readonly foreign: readonly ReadMessage[];
  /** Superseded by another copy. */
  readonly losers: readonly MessageRow[];
  /** What is already counted of records that existed before. */
  readonly before: Tally;
}

const ALL_NEW: Inserted = { foreign: [], losers: [], before: NOTHING };

async function insert(
  tx: Transaction,
  brand: ImportedBrand,
  threaded: readonly Threaded[],
): Promise<Inserted> {
  if (threaded.length === 0) return ALL_NEW;
  return (await copyNew(tx, brand, threaded)) ? ALL_NEW : insertBeside(tx, brand, threaded);
}

/** For batches with existing or repeated ids. */
async function insertBeside(
  tx: Transaction,
  brand: ImportedBrand,
  threaded: readonly Threaded[],
): Promise<Inserted> {
  const { placed, losers } = smallestCopies(threaded);
  await stageMessages(tx, placed);
  const inserted = await tx.query(INSERT_STAGED);
  let standing = placed;
  let foreign: ReadMessage[] = [];
  let before = NOTHING;
  if (inserted.rowCount !== placed.length) {
    before = await countingOf(brand).standing(
      tx,
      brand,
      placed.map(({ row }) => row),
    );
    const fates = await settleCopies(tx, brand, placed);
    const having = (fate: Fate) =>
      placed.filter(({ row }) => (fates.get(row.sourceId) ?? 'standing') === fate);
    losers.push(...having('superseded').map(({ row }) => row));
    foreign = having('foreign').map(({ read }) => read);
    standing = having('standing');
  }
  await writeAttachments(
    tx,
    standing.map(({ row }) => row),
  );
  return { foreign, losers, before };
}

function smallestCopies(threaded: readonly Threaded[]): { placed: Placed[]; losers: MessageRow[] } {
  const smallest = new Map<string, Placed>();
  const losers: MessageRow[] = [];
  for (const { read, threadId } of threaded) {
    const { row } = read;
    const other = smallest.get(row.sourceId);
    if (!other || isSmallerCopy(row, other.row)) {
      smallest.set(row.sourceId, { read, row, threadId });
      if (other) losers.push(other.row);
    } else losers.push(row);
  }
  return { placed: [...smallest.values()], losers };
}

function tallyOf(
  threaded: readonly Threaded[],
  foreign: readonly ReadMessage[],
  quarantinedCount: number,
): Tally {
  const left = new Set<ReadMessage>(foreign);
  let { digest, parts, partsDigest } = NOTHING;
  let taken = 0;
  for (const { read } of threaded) {
    if (left.has(read)) continue;
    const { brief } = read;
    taken += 1;
    digest += brief.digest;
    parts += brief.attachments.length;
    partsDigest += brief.attachmentsDigest;
  }
  return {
    read: taken + quarantinedCount,
    taken,
    quarantined: quarantinedCount,
    digest,
    parts,
    partsDigest,
  };
}
