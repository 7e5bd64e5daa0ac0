import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import type { PlainMessage } from '../../../../domain/conversations/written/plain-message.js';
import { MESSAGE_FIELDS } from '../../../../domain/conversations/written/written-page.js';
import { hashOfBytes } from '../../../../domain/engine/bytes/hash.js';
import { ATTACHMENT_SUMS, removeAttachments } from '../import/attachments.js';
import { NOTHING } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { Transaction } from '../../sql/transaction.js';

/**
 * A dump may hold a record twice, because both export calls may include it, and a changed file is read again. A dump's tallies therefore count
 * records instead of readings: an existing record adds only its changes. The writes themselves tell what existed, because they wait for each other; a
 * query before them could find nothing in both of two lanes.
 */

export interface Reading {
  readonly read: {
    /** May be mapped anew on each access. */
    readonly row: Pick<MessageRow, 'sourceThreadId' | 'sourceKey'>;
    readonly plain?: PlainMessage;
  };
}

/** Keeps the last of several readings of one record in a batch. */
export function withoutRepeats<R extends Reading>(placements: readonly R[]): readonly R[] {
  // Rows of all messages would cost more than writing them. Different records rarely have equal hashes.
  if (new Set(placements.map(hashOf)).size === placements.length) return placements;
  const keyOf = ({ read: { row } }: R) => `${row.sourceThreadId}\u0000${row.sourceKey}`;
  return [...new Map(placements.map((placement) => [keyOf(placement), placement])).values()];
}

function hashOf({ read }: Reading): number {
  const { plain } = read;
  if (plain) return plain.page.hash(plain.record, MESSAGE_FIELDS.numbers.message_key);
  const key = Buffer.from(read.row.sourceKey);
  return hashOfBytes(key, 0, key.length);
}

const STANDING = `
  SELECT m.id, m.source_id, message_digest(m) AS digest,
    ${ATTACHMENT_SUMS}
  FROM staged_messages s
  JOIN messages m ON m.source_id = s.source_id AND m.source_key = s.source_key AND m.source_thread_id = s.source_thread_id
  JOIN message_threads t ON t.id = m.thread_id
  JOIN brands b ON b.id = t.brand_id
  WHERE m.xmin <> pg_current_xact_id()::xid AND b.account_id = $1
  ORDER BY m.id FOR UPDATE OF m`;

/**
 * What is already counted of staged records that existed before this transaction. Removes attachments that the record no longer has. Call it after
 * the INSERT, before rows are rewritten.
 */
export async function standingBefore(
  tx: Transaction,
  accountId: string,
  rows: readonly MessageRow[],
): Promise<Tally> {
  const found = await tx.query<Record<string, string>>(STANDING, [accountId]);
  const read = new Map(rows.map((row) => [row.sourceId, row]));
  const changed = found.rows.flatMap(({ id = '', source_id: sourceId = '', ...held }) => {
    const row = read.get(sourceId);
    return row && String(row.attachmentsDigest) !== held['attachments_digest'] ? [{ id, row }] : [];
  });
  if (changed.length > 0) {
    await removeAttachments(
      tx,
      changed.map(({ id }) => id),
      changed.map(({ row }) => row),
    );
  }
  return countedSums(found.rows);
}

/** Sums rows of `digest`, `attachments`, `attachments_digest`, each a record that was counted once. */
export function countedSums(rows: readonly Readonly<Record<string, string>>[]): Tally {
  return rows.reduce<Tally>(
    (sums, row) => ({
      ...sums,
      read: sums.read + 1,
      taken: sums.taken + 1,
      digest: sums.digest + BigInt(row['digest'] ?? 0),
      parts: sums.parts + Number(row['attachments']),
      partsDigest: sums.partsDigest + BigInt(row['attachments_digest'] ?? 0),
    }),
    NOTHING,
  );
}
