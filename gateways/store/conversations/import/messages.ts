import { quarantined } from '../../../../domain/conversations/records/quarantine.js';
import { HELD_BY_ANOTHER_ACCOUNT } from '../../../../domain/conversations/records/quarantine-reasons.js';
import type { MessageRow, QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { writeAttachments } from './attachments.js';
import { minus, NOTHING } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { ImportedBrand } from './brand.js';
import { copyNew } from './copy-new.js';
import { settleCopies } from './copies.js';
import type { Fate } from './copies.js';
import { quarantine } from './quarantine.js';
import { MESSAGE_COLUMNS, stageMessages } from './staging.js';
import type { PlacedMessage } from './staging.js';
import { booksOf } from './counting.js';
import { isSmallerCopy } from './superseded.js';
import type { Transaction } from '../../sql/transaction.js';

/** A message as it was read, and what the mapping made of it. */
export interface ReadMessage {
  readonly item: unknown;
  /** May be made anew each time that it is asked for. */
  readonly row: MessageRow;
  /** What of the row is always at hand. */
  readonly brief: MessageBrief;
}

export type MessageBrief = Pick<
  MessageRow,
  'sourceThreadId' | 'digest' | 'attachments' | 'attachmentsDigest'
>;

/** A read message with the store's thread, or the reason why it has none. */
export type Placement = { readonly read: ReadMessage } & (
  { readonly threadId: string } | { readonly homeless: string }
);

/** A message that has a thread. */
interface Housed {
  readonly read: ReadMessage;
  readonly threadId: string;
}

/** Of copies within a batch the one that goes on. */
type Placed = Housed & PlacedMessage;

const INSERT = `
  INSERT INTO messages (${MESSAGE_COLUMNS}) SELECT ${MESSAGE_COLUMNS} FROM staged_messages ORDER BY source_id
  ON CONFLICT (source_id) DO NOTHING`;

/**
 * Brings messages of one brand in, within the caller's transaction. Every message that was read ends in exactly one of three
 * places: `messages`, `superseded_copies`, `quarantined_records`.
 *
 * 1. COPY into `messages`: nearly always all ids are new (`copyNew`).
 * 2. Only if some are not: of copies within the batch the smallest goes on, the others are superseded; staging by COPY, then one INSERT
 *    that leaves out ids that are there; each of those is settled with the row that is there (`settleCopies`).
 * 3. Attachments of the rows that are in.
 * 4. Quarantine: what the mapping refused, what has no thread, what another account holds.
 *
 * Out of a dump a record may come several times: then the sums are those of what is new, or other than before.
 */
export async function writeMessages(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
  read: readonly Placement[],
  records: readonly QuarantinedRecord[],
): Promise<Tally> {
  const books = booksOf(brand);
  const refused: QuarantinedRecord[] = [...records];
  const housed: Housed[] = [];
  for (const placement of books.once(read)) {
    if ('threadId' in placement) housed.push(placement);
    else refused.push(quarantined('messages', placement.read.item, placement.homeless).record);
  }
  const { foreign, losers, before } = await insert(tx, brand, housed);
  refused.push(...foreign.map(({ item }) => quarantined('messages', item, HELD_BY_ANOTHER_ACCOUNT).record));
  const superseded = await books.supersede(tx, brand.id, losers);
  const tally = tallyOf(housed, foreign, await quarantine(tx, brand, phase, refused));
  return minus(minus(tally, before), superseded);
}

interface Inserted {
  /** Another account holds them. */
  readonly foreign: readonly ReadMessage[];
  /** Another copy stands for them. */
  readonly losers: readonly MessageRow[];
  /** What the books have of those that stood before, where that matters. */
  readonly before: Tally;
}

const ALL_NEW: Inserted = { foreign: [], losers: [], before: NOTHING };

async function insert(tx: Transaction, brand: ImportedBrand, housed: readonly Housed[]): Promise<Inserted> {
  if (housed.length === 0) return ALL_NEW;
  if (!(await copyNew(tx, brand, housed))) return insertBeside(tx, brand, housed);
  const withAny = housed.filter(({ read }) => read.brief.attachments.length > 0);
  await writeAttachments(
    tx,
    brand.id,
    withAny.map(({ read }) => read.row),
  );
  return ALL_NEW;
}

/** Where some of the ids are there already, or come twice. */
async function insertBeside(
  tx: Transaction,
  brand: ImportedBrand,
  housed: readonly Housed[],
): Promise<Inserted> {
  const { placed, losers } = smallestCopies(housed);
  await stageMessages(tx, placed);
  const inserted = await tx.query(INSERT);
  let standing = placed;
  let foreign: ReadMessage[] = [];
  let before = NOTHING;
  if (inserted.rowCount !== placed.length) {
    before = await booksOf(brand).standing(
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
    brand.id,
    standing.map(({ row }) => row),
  );
  return { foreign, losers, before };
}

function smallestCopies(housed: readonly Housed[]): { placed: Placed[]; losers: MessageRow[] } {
  const smallest = new Map<string, Placed>();
  const losers: MessageRow[] = [];
  for (const { read, threadId } of housed) {
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
  housed: readonly Housed[],
  foreign: readonly ReadMessage[],
  quarantinedCount: number,
): Tally {
  const left = new Set<ReadMessage>(foreign);
  let { digest, parts, partsDigest } = NOTHING;
  let taken = 0;
  for (const { read } of housed) {
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
