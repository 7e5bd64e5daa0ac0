import { DIGEST_VERSION } from '../../../../domain/conversations/records/digest.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { PhaseRef } from '../../work/phase-ref.js';
import { OF_TURN, type TurnRef, turnKey } from '../../proof/findings.js';
import { removeRun } from '../../work/plans.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** One brand's turn in a verification. `brandId` is the store's. */
export interface Turn extends TurnRef {
  readonly brandId: string;
  /** Import again what is missing or different. */
  readonly repair: boolean;
}

/** Everything that the import's phases have read is one phase of a turn. */
export function phaseOfTurn({ verificationId, unitId, repair }: Turn): PhaseRef {
  const pass = repair ? 'repair' : 'verify';
  return { unitId, pass, run: verificationId, phase: 'all', digestVersion: DIGEST_VERSION };
}

/**
 * What the source has shown: the row of a message (`messages`: those of a page that are as they were read), quarantined record, superseded copy or thread source. `counts`: a thread whose counts follow from
 * something already reported. `misplaced`: a source thread in a wrong thread. `lost`: an attachment of a missing message. `shown`: a thread that is
 * not held here. `moved-…`: what another brand has shown, for the brand that holds it.
 */
export type MarkKind =
  | 'message'
  | 'messages'
  | 'quarantined'
  | 'superseded'
  | 'thread'
  | 'counts'
  | 'misplaced'
  | 'lost'
  | 'shown'
  | 'refused-thread'
  | 'refused-message'
  | 'moved-thread'
  | 'moved-message'
  | 'moved-quarantined'
  | 'moved-superseded';

export interface Mark {
  readonly kind: MarkKind;
  readonly key: string;
  /** The store's id of another brand whose turn the mark is for; by default this brand. */
  readonly brandId?: string;
  /** The tally of the record that shows it. */
  counted?: Tally;
}

/** The part of a brand that is compared, which its import's phases have read. `recent`: recent messages and the threads they need. */
export type TurnPart = 'recent' | 'all';

export interface TurnState {
  readonly imported: boolean;
  readonly part: TurnPart;
  readonly ended: boolean;
  /** The brand's following position when the turn began. */
  readonly followedBefore: string;
}

/**
 * Starts the turn unless it has started. A brand whose import has not read everything it planned has nothing to compare; otherwise the planned range
 * is compared.
 */
export async function beginTurn(pool: Pool, turn: Turn): Promise<TurnState> {
  const values = turnKey(turn);
  await ask(
    pool,
    `INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported, part, followed_before)
     SELECT $1, $2, $3, coalesce(bool_and(done), false),
       CASE WHEN EXISTS (SELECT FROM carryover.phases WHERE unit_id = $2 AND pass = 'copy' AND phase = 'remaining')
         THEN 'all' ELSE 'recent' END,
       coalesce((SELECT applied FROM carryover.followings WHERE brand_id = $4), 0)
     FROM carryover.work WHERE unit_id = $2 AND pass = 'copy'
     ON CONFLICT DO NOTHING`,
    [...values, turn.brandId],
  );
  const [row] = await ask<{ [Name in keyof TurnState]: TurnState[Name] }>(
    pool,
    `SELECT imported, part, ended_at IS NOT NULL AS ended, followed_before AS "followedBefore" FROM carryover.verification_units WHERE ${OF_TURN}`,
    values,
  );
  return row ?? { imported: false, part: 'all', ended: true, followedBefore: '0' };
}

/** When the import began to read: it could not see records that arrived later. */
export async function importBegan(pool: Pool, unitId: string): Promise<Date | undefined> {
  const [row] = await ask<{ planned_at: Date | null }>(
    pool,
    `SELECT min(planned_at) AS planned_at FROM carryover.phases WHERE unit_id = $1 AND pass = 'copy'`,
    [unitId],
  );
  return row?.planned_at ?? undefined;
}

/** Adds marks; returns the tallies of marks that existed before, because a dump may show a record twice. */
export async function addMarks(tx: Transaction, turn: Turn, marks: readonly Mark[]): Promise<Tally[]> {
  if (marks.length === 0) return [];
  type Name = Pick<Mark, 'kind' | 'key' | 'brandId'>;
  const { rows } = await tx.query<Name>(
    `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key)
     SELECT $1, brand_id, kind, row_key FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (brand_id, kind, row_key)
     ON CONFLICT DO NOTHING RETURNING kind, row_key AS key, brand_id AS "brandId"`,
    [
      turn.verificationId,
      marks.map(({ brandId }) => brandId ?? turn.brandId),
      marks.map(({ kind }) => kind),
      marks.map(({ key }) => key),
    ],
  );
  if (rows.length === marks.length) return [];
  const nameOf = ({ kind, key, brandId = turn.brandId }: Name) => `${brandId}\n${kind}\n${key}`;
  const fresh = new Set(rows.map(nameOf));
  // Of several equal marks in a page the first is the new one.
  return marks.flatMap((mark) => (fresh.delete(nameOf(mark)) || !mark.counted ? [] : [mark.counted]));
}

/** Marks messages that the source has shown as they are held, in one row: a mark for each would be most of what a verification writes. */
export async function addShown(tx: Transaction, turn: Turn, messageIds: readonly string[]): Promise<void> {
  const [first] = messageIds;
  if (first === undefined) return;
  await tx.query(
    `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key, message_ids, messages)
     VALUES ($1, $2, 'messages', $3, $4, $5)`,
    [turn.verificationId, turn.brandId, first, messageIds.join(','), messageIds.length],
  );
}

/** How many messages of the brand the source has shown; undefined if only a look at each mark can tell. */
export async function countShown(tx: Transaction, turn: Turn): Promise<number | undefined> {
  const { rows } = await tx.query<{ shown: string; each: boolean }>(
    `SELECT coalesce(sum(messages), 0) AS shown, coalesce(bool_or(kind = 'message'), false) AS each
     FROM carryover.verification_marks WHERE verification_id = $1 AND brand_id = $2 AND kind IN ('message', 'messages')`,
    [turn.verificationId, turn.brandId],
  );
  const [row] = rows;
  return row === undefined || row.each ? undefined : Number(row.shown);
}

/** Gives each message of `addShown` a mark of its own. */
export async function markEachShown(tx: Transaction, turn: Turn): Promise<void> {
  await tx.query(
    `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key)
     SELECT verification_id, brand_id, 'message', id
     FROM carryover.verification_marks CROSS JOIN LATERAL unnest(string_to_array(message_ids, ',')) AS each (id)
     WHERE verification_id = $1 AND brand_id = $2 AND kind = 'messages' ON CONFLICT DO NOTHING`,
    [turn.verificationId, turn.brandId],
  );
}

/** Removes what only the turn needed: its slices and marks. */
export async function clearTurn(tx: Transaction, turn: Turn): Promise<void> {
  await removeRun(tx, phaseOfTurn(turn));
  await tx.query('DELETE FROM carryover.verification_marks WHERE verification_id = $1 AND brand_id = $2', [
    turn.verificationId,
    turn.brandId,
  ]);
}

/** Whether following has written anything to the brand since the turn began. */
export async function isFollowedSince(tx: Transaction, turn: Turn): Promise<boolean> {
  const { rows } = await tx.query(
    `SELECT FROM carryover.verification_units t JOIN carryover.followings f ON f.brand_id = $4 AND f.applied > t.followed_before
     WHERE t.verification_id = $1 AND t.unit_id = $2 AND t.pass = $3`,
    [...turnKey(turn), turn.brandId],
  );
  return rows.length > 0;
}
