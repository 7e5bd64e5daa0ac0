import type { Transaction } from '../../store/sql/transaction.js';
import type { InboxMigration } from './migration.js';
import type { BatchLimits } from './read-batch.js';

/** The part of a batch that is undone in one transaction. */
export interface UndoPart {
  readonly batch: string;
  /** Entries of the journal with smaller ids are left to a later part. */
  readonly downTo: string;
  /** The conversations of the batch to move back now; null: all remaining ones. */
  readonly only: readonly string[] | null;
  /** Whether it cannot be smaller. */
  readonly isSmallest: boolean;
}

interface Talk {
  readonly id: string;
  /** Its contact inbox, and the one that it had before the move. */
  readonly box: string | null;
  readonly was: string | null;
  readonly messages: number;
}

/** The next part of a migration's newest batch that is not undone (`schema/undo-batch.ts`); undefined if there is none. */
export async function nextPart(
  tx: Transaction,
  { source, position }: InboxMigration,
  reversed: string,
  limits: BatchLimits,
): Promise<UndoPart | undefined> {
  const { rows } = await tx.query<{ batch: string; after: string | null; isLate: boolean }>(
    `SELECT j.batch::text, (b.boundary + 1)::text AS after, coalesce(j.id > b.boundary, false) AS "isLate" FROM (
       SELECT id, batch FROM carryover.inbox_journal WHERE migration_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT 1) AS j
     CROSS JOIN LATERAL carryover.inbox_undo_boundary($1, j.batch) AS b(boundary)`,
    [reversed, position],
  );
  const [newest] = rows;
  if (newest === undefined) return undefined;
  const { batch, after, isLate } = newest;
  const { rows: talks } = await tx.query<Talk>(
    `SELECT id::text, box::text, was::text, messages::integer FROM carryover.inbox_undo_talks($1, $2, $3)`,
    [reversed, batch, source],
  );
  const groups = groupsOf(talks);
  const first = fitting(groups, limits);
  const rest = { batch, downTo: '0', only: null, isSmallest: groups.length <= 1 };
  if (first.length === groups.length && (!isLate || sizeOf(talks) <= limits.messages)) return rest;
  if (isLate) return { batch, downTo: after ?? '0', only: null, isSmallest: true };
  return { batch, downTo: '0', only: first.flat().map(({ id }) => id), isSmallest: first.length === 1 };
}

/** Groups conversations that share a contact inbox, or did before the move. */
function groupsOf(talks: readonly Talk[]): readonly (readonly Talk[])[] {
  const groupOfBox = new Map<string, Set<Talk>>();
  const groups = new Set<Set<Talk>>();
  for (const talk of talks) {
    const group = new Set([talk]);
    const boxes = [talk.box, talk.was].filter((box) => box !== null);
    for (const other of new Set(boxes.map((box) => groupOfBox.get(box)))) {
      if (other === undefined) continue;
      for (const one of other) group.add(one);
      groups.delete(other);
    }
    groups.add(group);
    for (const { box, was } of group)
      for (const each of [box, was]) if (each !== null) groupOfBox.set(each, group);
  }
  return [...groups].map((group) => [...group]);
}

function sizeOf(talks: readonly Talk[]): number {
  return talks.reduce((sum, { messages }) => sum + messages + 1, 0);
}

/** As many as a batch may have; at least one, if there is any. */
function fitting(groups: readonly (readonly Talk[])[], limits: BatchLimits): readonly (readonly Talk[])[] {
  let [conversations, messages] = [0, 0];
  const end = groups.findIndex((group, n) => {
    conversations += group.length;
    messages += sizeOf(group);
    return n > 0 && (conversations > limits.conversations || messages > limits.messages);
  });
  return end === -1 ? groups : groups.slice(0, end);
}
