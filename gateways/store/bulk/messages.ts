import { quarantined } from '../../../domain/conversations/quarantine.js';
import type { MessageRow, QuarantinedRecord } from '../../../domain/conversations/rows.js';
import { writeAttachments } from './attachments.js';
import { NO_SUMS } from './advance.js';
import type { BatchSums } from './advance.js';
import type { ImportedBrand } from './brand.js';
import { settleCopies } from './copies.js';
import { quarantine } from './quarantine.js';
import { stageMessages } from './staging.js';
import type { PlacedMessage } from './staging.js';
import { bookedSums, less, standingBefore, withoutRepeats } from './repeats.js';
import { isSmallerCopy, supersedeAgain, supersedeRows } from './superseded.js';
import type { Connection } from './transaction.js';

/** A message as it was read, and what the mapping made of it. */
export interface ReadMessage {
  readonly item: unknown;
  readonly row: MessageRow;
}

/** A read message with the store's thread, or the reason why it has none. */
export type Placement = ReadMessage & ({ readonly threadId: string } | { readonly homeless: string });

export const HELD_BY_ANOTHER_ACCOUNT = 'message id is held by another account';

const INSERT = `
  INSERT INTO messages (thread_id, source_id, direction, kind, author, body, sent_at, telephony, metadata, original, source_key,
    source_thread_id)
  SELECT thread_id, source_id, direction, kind, author, body, sent_at, telephony, metadata, original, source_key,
    source_thread_id
  FROM staged_messages ORDER BY source_id
  ON CONFLICT (source_id) DO NOTHING`;

/**
 * Brings messages of one brand in, within the caller's transaction. Every message that was read ends in exactly one of three
 * places: `messages`, `superseded_copies`, `quarantined_records`.
 *
 * 1. Of copies within the batch the smallest goes on; the others are superseded.
 * 2. Staging by COPY, then one INSERT that leaves out ids that are there.
 * 3. Only if some were: each of those is settled with the row that is there (`settleCopies`).
 * 4. Attachments of the rows that are in.
 * 5. Quarantine: what the mapping refused, what has no thread, what another account holds.
 *
 * Out of a dump a record may come several times: then the sums are those of what is new, or other than before.
 */
export async function writeMessages(
  connection: Connection,
  brand: ImportedBrand,
  phase: string,
  read: readonly Placement[],
  records: readonly QuarantinedRecord[],
): Promise<BatchSums> {
  const placements = brand.dump ? withoutRepeats(read) : read;
  const refused: QuarantinedRecord[] = [...records];
  const smallest = new Map<string, ReadMessage & PlacedMessage>();
  const losers: MessageRow[] = [];
  for (const placement of placements) {
    if ('homeless' in placement) {
      refused.push(quarantined('messages', placement.item, placement.homeless).record);
      continue;
    }
    const { sourceId } = placement.row;
    const other = smallest.get(sourceId);
    if (!other || isSmallerCopy(placement.row, other.row)) {
      smallest.set(sourceId, placement);
      if (other) losers.push(other.row);
    } else losers.push(placement.row);
  }

  const placed = [...smallest.values()];
  const { foreign, before } = await insert(connection, brand, placed, losers);
  refused.push(...foreign.map(({ item }) => quarantined('messages', item, HELD_BY_ANOTHER_ACCOUNT).record));
  if (!brand.dump) {
    await supersedeRows(connection, brand.id, losers);
    await quarantine(connection, brand, phase, refused);
    return sumsOf(placements, foreign, refused.length);
  }
  const superseded = bookedSums(await supersedeAgain(connection, brand.id, losers));
  const newlyRefused = await quarantine(connection, brand, phase, refused);
  return less(less(sumsOf(placements, foreign, newlyRefused), before), superseded);
}

interface Inserted {
  /** Another account holds them. */
  readonly foreign: ReadMessage[];
  /** What the books have of those that stood before, where that matters. */
  readonly before: BatchSums;
}

/** Those that another copy stands for go to `losers`. */
async function insert(
  connection: Connection,
  brand: ImportedBrand,
  placed: readonly (ReadMessage & PlacedMessage)[],
  losers: MessageRow[],
): Promise<Inserted> {
  if (placed.length === 0) return { foreign: [], before: NO_SUMS };
  await stageMessages(connection, placed);
  const inserted = await connection.query(INSERT);
  let standing: readonly ReadMessage[] = placed;
  let foreign: ReadMessage[] = [];
  let before = NO_SUMS;
  if (inserted.rowCount !== placed.length) {
    if (brand.dump) {
      const rows = placed.map(({ row }) => row);
      before = await standingBefore(connection, brand.accountId, rows);
    }
    const fates = await settleCopies(connection, brand, placed);
    losers.push(
      ...placed.filter(({ row }) => fates.get(row.sourceId) === 'superseded').map(({ row }) => row),
    );
    foreign = placed.filter(({ row }) => fates.get(row.sourceId) === 'foreign');
    standing = placed.filter(({ row }) => (fates.get(row.sourceId) ?? 'standing') === 'standing');
  }
  await writeAttachments(
    connection,
    brand.id,
    standing.map(({ row }) => row),
  );
  return { foreign, before };
}

function sumsOf(
  placements: readonly Placement[],
  foreign: readonly ReadMessage[],
  quarantinedCount: number,
): BatchSums {
  const left = new Set<ReadMessage>(foreign);
  let { digest, attachments, attachmentsDigest } = NO_SUMS;
  let taken = 0;
  for (const placement of placements) {
    if ('homeless' in placement || left.has(placement)) continue;
    taken += 1;
    digest += placement.row.digest;
    attachments += placement.row.attachments.length;
    attachmentsDigest += placement.row.attachmentsDigest;
  }
  return {
    read: taken + quarantinedCount,
    taken,
    quarantined: quarantinedCount,
    digest,
    attachments,
    attachmentsDigest,
  };
}
