/** Waves and their members, as they are shown. */

import type { Failure } from '../../../domain/engine/failures/failures.js';
import {
  MEMBER_STATES,
  type MemberCounts,
  type MemberState,
  type WaveState,
} from '../../../domain/engine/waves/rules.js';
import { ask } from '../sql/ask.js';
import type { Pool, Transaction } from '../sql/transaction.js';
import { type Wave, waveOf, type WaveRow } from './waves.js';

export interface WaveWithCounts {
  readonly wave: Wave;
  readonly counts: MemberCounts;
  readonly held: HeldMembers | null;
}

/** Members whose starts could not be prepared last time: how many, and the first of them. */
export interface HeldMembers {
  readonly members: number;
  readonly key: string;
  readonly failure: Failure;
}

const COUNTED = `(SELECT jsonb_object_agg(state, members) FROM (
  SELECT state, count(*) AS members FROM carryover.wave_members m WHERE m.wave_id = w.id GROUP BY state) each) AS counts,
  (SELECT jsonb_build_object('members', count(*) OVER (), 'key', subject, 'failure', failure) FROM carryover.wave_members m
   WHERE m.wave_id = w.id AND m.state = 'waiting' AND m.tried_at IS NOT NULL ORDER BY position LIMIT 1) AS held`;

type CountedRow = WaveRow & {
  readonly counts: Partial<Record<MemberState, number>> | null;
  readonly held: HeldMembers | null;
};

function countedOf(row: CountedRow): WaveWithCounts {
  return { wave: waveOf(row), counts: countsOf(row.counts ?? {}), held: row.held };
}

function countsOf(found: Partial<Record<MemberState, number>>): MemberCounts {
  return Object.fromEntries(MEMBER_STATES.map((state) => [state, found[state] ?? 0])) as MemberCounts;
}

export async function readWave(pool: Pool, id: string): Promise<WaveWithCounts | undefined> {
  const [row] = await ask<CountedRow>(pool, `SELECT w.*, ${COUNTED} FROM carryover.waves w WHERE w.id = $1`, [
    id,
  ]);
  return row && countedOf(row);
}

/** Newest first. @param before the id of a wave */
export async function listWaves(
  pool: Pool,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<WaveWithCounts[]> {
  const rows = await ask<CountedRow>(
    pool,
    `SELECT w.*, ${COUNTED} FROM carryover.waves w WHERE $1::bigint IS NULL OR w.id < $1 ORDER BY w.id DESC LIMIT $2`,
    [before ?? null, limit],
  );
  return rows.map(countedOf);
}

/** Those that have stopped because too many members failed, the longest first. */
export async function stoppedWaves(pool: Pool, kind: string): Promise<WaveWithCounts[]> {
  const rows = await ask<CountedRow>(
    pool,
    `SELECT w.*, ${COUNTED} FROM carryover.waves w WHERE w.kind = $1 AND w.state = 'stopped' ORDER BY w.state_since, w.id`,
    [kind],
  );
  return rows.map(countedOf);
}

export interface WaveMember {
  readonly key: string;
  readonly state: MemberState;
  /** Its place in the order of the starts. */
  readonly position: number;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Why its start was refused, or could not be prepared last time. */
  readonly failure: Failure | null;
  /** Of its migration; null if there is none yet. */
  readonly status: string | null;
}

interface MemberFilter {
  /** Default: all. */
  readonly states?: readonly MemberState[] | undefined;
  /** The position of the last one that is known. */
  readonly after?: number;
  readonly limit: number;
}

/** In the order of their starts. */
export async function listMembers(
  pool: Pool,
  id: string,
  { states = MEMBER_STATES, after = 0, limit }: MemberFilter,
): Promise<WaveMember[]> {
  return ask<WaveMember>(
    pool,
    `SELECT m.subject AS key, m.state, m.position, m.started_at AS "startedAt", m.ended_at AS "endedAt", m.failure, g.status
     FROM carryover.wave_members m LEFT JOIN carryover.migrations g ON (g.kind, g.subject) = (m.kind, m.subject)
     WHERE m.wave_id = $1 AND m.state = ANY($2) AND m.position > $3 ORDER BY m.position LIMIT $4`,
    [id, states, after, limit],
  );
}

/** Counts the members of a locked wave. */
export async function countMembers(tx: Transaction, { id }: Wave): Promise<MemberCounts> {
  const rows = await tx.rows<{ state: MemberState; members: bigint }>`
    SELECT state, count(*) AS members FROM carryover.wave_members WHERE wave_id = ${id}::bigint GROUP BY state`;
  return countsOf(Object.fromEntries(rows.map(({ state, members }) => [state, Number(members)])));
}

/** How many waves there are in each state, and members of those that have not ended. */
export interface WaveStandings {
  readonly waves: readonly Standing<WaveState>[];
  readonly members: readonly Standing<MemberState>[];
}

interface Standing<State> {
  readonly kind: string;
  readonly state: State;
  readonly count: number;
}

export async function countWaves(pool: Pool): Promise<WaveStandings> {
  const [waves, members] = await Promise.all([
    ask<Standing<WaveState>>(
      pool,
      'SELECT kind, state, count(*)::int AS count FROM carryover.waves GROUP BY 1, 2',
    ),
    ask<Standing<MemberState>>(
      pool,
      `SELECT m.kind, m.state, count(*)::int AS count FROM carryover.waves w JOIN carryover.wave_members m ON m.wave_id = w.id
       WHERE w.state IN ('running', 'paused', 'stopped') GROUP BY 1, 2`,
    ),
  ]);
  return { waves, members };
}
