import { keyOf, OF_PHASE } from './phase-ref.js';
import type { PhaseRef } from './phase-ref.js';
import { ask } from '../sql/ask.js';
import type { Pool, Transaction } from '../sql/transaction.js';

/** Keys as JSON text: inclusive lower end, exclusive upper end; null is unbounded. */
export interface SliceRange {
  readonly lower: string | null;
  readonly upper: string | null;
}

export interface NewSlice extends SliceRange {
  readonly stage: string;
  /** Approximate number of records; 0 if unknown. */
  readonly estimate: number;
  /** Bounds on that number; undefined if unknown. */
  readonly bounds?: { readonly low: number; readonly high: number } | undefined;
}

/** A slice that this lane owns while its lease holds. */
export interface ClaimedSlice extends NewSlice {
  readonly id: string;
  readonly lease: string;
  /** JSON text; null at the slice's beginning. */
  readonly cursor: string | null;
  /** Committed batches. */
  readonly batches: number;
  readonly read: number;
}

/** The owner of slices. An activity keeps its name in all attempts. */
export interface Lane {
  readonly name: string;
  readonly attempt: number;
}

/** How long a claim holds without renewal. */
export const LEASE_SECONDS = 60;

/** Adds slices to the phase, in this order. Not idempotent: the caller must know, in its transaction, that they do not exist yet. */
export async function addSlices(
  tx: Transaction,
  phase: PhaseRef,
  slices: readonly NewSlice[],
): Promise<void> {
  await tx.query(
    `INSERT INTO carryover.work (unit_id, pass, run, phase, stage, lower_key, upper_key, estimate, estimate_low, estimate_high)
     SELECT $1, $2, $3, $4, stage, lower_key, upper_key, estimate, low, high
     FROM unnest($5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[])
       WITH ORDINALITY AS s (stage, lower_key, upper_key, estimate, low, high, n) ORDER BY n`,
    [
      ...keyOf(phase),
      slices.map((slice) => slice.stage),
      slices.map((slice) => slice.lower),
      slices.map((slice) => slice.upper),
      slices.map((slice) => slice.estimate),
      slices.map((slice) => slice.bounds?.low ?? null),
      slices.map((slice) => slice.bounds?.high ?? null),
    ],
  );
}

const CLAIM = `
  WITH free AS (
    SELECT id FROM carryover.work
    WHERE ${OF_PHASE} AND NOT done AND stage = $5
      AND (leased_by IS NULL OR leased_until < clock_timestamp()
        OR (split_part(leased_by, '#', 1) = $6 AND split_part(leased_by, '#', 2)::integer < $7))
    ORDER BY id LIMIT $8 FOR UPDATE SKIP LOCKED
  )
  UPDATE carryover.work s
  SET lease = s.lease + 1, leased_by = $6 || '#' || $7::integer,
    leased_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
  FROM free WHERE s.id = free.id
  RETURNING s.id, s.lease, s.stage, s.lower_key, s.upper_key, s.cursor, s.batches, s.estimate, s.read`;

/**
 * Claims free slices of a stage, oldest first: unclaimed ones, those with an expired lease, and those of an earlier attempt of this lane. Concurrent
 * lanes claim different slices.
 */
export async function claimSlices(
  pool: Pool,
  phase: PhaseRef,
  stage: string,
  lane: Lane,
  limit: number,
): Promise<ClaimedSlice[]> {
  const values = [...keyOf(phase), stage, laneName(lane), lane.attempt, limit];
  const rows = await ask<Record<string, string | null>>(pool, CLAIM, values);
  return rows
    .map((row) => ({
      id: row['id'] ?? '',
      lease: row['lease'] ?? '',
      stage: row['stage'] ?? '',
      lower: row['lower_key'] ?? null,
      upper: row['upper_key'] ?? null,
      cursor: row['cursor'] ?? null,
      batches: Number(row['batches']),
      estimate: Number(row['estimate']),
      read: Number(row['read']),
    }))
    .toSorted((a, b) => Number(a.id) - Number(b.id));
}

/** Renews the leases of the lane's slices. */
export async function renewLeases(pool: Pool, lane: Lane): Promise<void> {
  await ask(
    pool,
    `UPDATE carryover.work SET leased_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     WHERE leased_by = $1 AND NOT done`,
    [leaseholder(lane)],
  );
}

/** Releases the lane's slices. */
export async function releaseSlices(pool: Pool, lane: Lane): Promise<void> {
  await ask(
    pool,
    'UPDATE carryover.work SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1 AND NOT done',
    [leaseholder(lane)],
  );
}

export interface PhaseProgress {
  /** Open slices by stage. */
  readonly open: Readonly<Record<string, number>>;
  readonly slices: number;
  /** Records read, by stage. */
  readonly read: Readonly<Record<string, number>>;
  readonly quarantined: number;
  /** Approximate number of records left to read. */
  readonly left: number;
  /** Whether other lanes hold slices. */
  readonly others: boolean;
}

/** The progress of a phase that is not planned. */
export const NO_PROGRESS: PhaseProgress = {
  open: {},
  slices: 0,
  read: {},
  quarantined: 0,
  left: 0,
  others: false,
};

const PROGRESS = `
  SELECT stage, w.open, w.slices, w.left, w.others, t.read, t.quarantined
  FROM (
    SELECT stage, count(*) FILTER (WHERE NOT done) AS open, count(*) AS slices,
      sum(greatest(estimate - read, 0)) FILTER (WHERE NOT done) AS left,
      count(*) FILTER (WHERE NOT done AND leased_until > clock_timestamp() AND split_part(leased_by, '#', 1) <> $5) AS others
    FROM carryover.work WHERE ${OF_PHASE} GROUP BY stage
  ) w FULL JOIN (
    SELECT stage, sum(read) AS read, sum(quarantined) AS quarantined FROM carryover.tallies WHERE ${OF_PHASE} GROUP BY stage
  ) t USING (stage)`;

/** The phase's progress as seen by one lane; all zeros before it is planned. Throws what `transaction` throws. */
export async function phaseProgress(pool: Pool, phase: PhaseRef, lane: Lane): Promise<PhaseProgress> {
  const rows = await ask<Record<string, string | null>>(pool, PROGRESS, [...keyOf(phase), laneName(lane)]);
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
  const byStage = (name: string) =>
    Object.fromEntries(rows.map((row) => [row['stage'] ?? '', Number(row[name] ?? 0)]));
  return {
    open: byStage('open'),
    slices: sum('slices'),
    read: byStage('read'),
    quarantined: sum('quarantined'),
    left: sum('left'),
    others: sum('others') > 0,
  };
}

/** Replaces the separator, which precedes the attempt. */
function laneName(lane: Lane): string {
  return lane.name.replaceAll('#', '~');
}

function leaseholder(lane: Lane): string {
  return `${laneName(lane)}#${lane.attempt}`;
}
