import { ask } from '../sql/ask.js';
import type { Pool, Transaction } from '../sql/transaction.js';

/** A phase of a brand's import; `brandId` is the store's. */
export interface PhaseOfBrand {
  readonly brandId: string;
  readonly phase: string;
}

/** Keys as JSON text, null for an open end: inclusive lower, exclusive upper. */
export interface SliceRange {
  readonly lower: string | null;
  readonly upper: string | null;
}

export interface NewSlice extends SliceRange {
  readonly source: string;
  /** About how many records it holds; 0 for not known. */
  readonly estimate: number;
  /** Between which numbers they lie; left out while nobody knows. */
  readonly bounds?: { readonly low: number; readonly high: number } | undefined;
}

/** A slice that is this lane's for a while. */
export interface ClaimedSlice extends NewSlice {
  readonly id: string;
  readonly lease: string;
  /** JSON text; null at the slice's beginning. */
  readonly cursor: string | null;
  readonly read: number;
}

/** Who works: the same activity has one name through all its attempts. */
export interface Lane {
  readonly name: string;
  readonly attempt: number;
}

/** How long a slice stays claimed without a sign of life. */
export const LEASE_SECONDS = 60;

/** Gives the phase more slices, in this order. Each call adds: that they are not there yet is the caller's to know, in its transaction. */
export async function addSlices(
  tx: Transaction,
  { brandId, phase }: PhaseOfBrand,
  slices: readonly NewSlice[],
): Promise<void> {
  await tx.query(
    `INSERT INTO import_slices (brand_id, phase, source, lower_key, upper_key, estimate, estimate_low, estimate_high)
     SELECT $1, $2, source, lower_key, upper_key, estimate, low, high
     FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
       WITH ORDINALITY AS s (source, lower_key, upper_key, estimate, low, high, n) ORDER BY n`,
    [
      brandId,
      phase,
      slices.map((slice) => slice.source),
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
    SELECT id FROM import_slices
    WHERE brand_id = $1 AND phase = $2 AND NOT done AND source = ANY ($3::text[])
      AND (leased_by IS NULL OR leased_until < clock_timestamp()
        OR (split_part(leased_by, '#', 1) = $4 AND split_part(leased_by, '#', 2)::integer < $5))
    ORDER BY id LIMIT $6 FOR UPDATE SKIP LOCKED
  )
  UPDATE import_slices s
  SET lease = s.lease + 1, leased_by = $4 || '#' || $5::integer,
    leased_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
  FROM free WHERE s.id = free.id
  RETURNING s.id, s.lease, s.source, s.lower_key, s.upper_key, s.cursor, s.estimate, s.read`;

/**
 * Claims free slices of these sources, oldest made first: such as nobody has, whose lease has run out, or which an earlier
 * attempt of this lane has. Of several who claim at the same moment each gets others.
 */
export async function claimSlices(
  pool: Pool,
  { brandId, phase }: PhaseOfBrand,
  sources: readonly string[],
  lane: Lane,
  limit: number,
): Promise<ClaimedSlice[]> {
  const values = [brandId, phase, sources, laneName(lane), lane.attempt, limit];
  const rows = await ask<Record<string, string | null>>(pool, CLAIM, values);
  return rows
    .map((row) => ({
      id: row['id'] ?? '',
      lease: row['lease'] ?? '',
      source: row['source'] ?? '',
      lower: row['lower_key'] ?? null,
      upper: row['upper_key'] ?? null,
      cursor: row['cursor'] ?? null,
      estimate: Number(row['estimate']),
      read: Number(row['read']),
    }))
    .toSorted((a, b) => Number(a.id) - Number(b.id));
}

/** Keeps the lane's slices for a further while, also when a batch takes long. */
export async function renewLeases(pool: Pool, lane: Lane): Promise<void> {
  await ask(
    pool,
    `UPDATE import_slices SET leased_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     WHERE leased_by = $1 AND NOT done`,
    [leaseholder(lane)],
  );
}

/** Gives back what the lane has claimed. */
export async function releaseSlices(pool: Pool, lane: Lane): Promise<void> {
  await ask(
    pool,
    'UPDATE import_slices SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1 AND NOT done',
    [leaseholder(lane)],
  );
}

export interface PhaseProgress {
  /** Slices that are not done, by source. */
  readonly open: Readonly<Record<string, number>>;
  readonly slices: number;
  /** Records read, by source. */
  readonly read: Readonly<Record<string, number>>;
  readonly quarantined: number;
  /** About how many records are still to be read. */
  readonly left: number;
  /** Whether other lanes hold slices now. */
  readonly others: boolean;
}

/** Of a phase that is not planned. */
export const NO_PROGRESS: PhaseProgress = {
  open: {},
  slices: 0,
  read: {},
  quarantined: 0,
  left: 0,
  others: false,
};

/** Where the phase stands, as one lane sees it; all zeros before it is planned. Errors as in `transaction`. */
export async function phaseProgress(
  pool: Pool,
  { brandId, phase }: PhaseOfBrand,
  lane: Lane,
): Promise<PhaseProgress> {
  const rows = await ask<Record<string, string>>(
    pool,
    `SELECT source, count(*) FILTER (WHERE NOT done) AS open, count(*) AS slices, sum(read) AS read,
       sum(quarantined) AS quarantined, sum(greatest(estimate - read, 0)) FILTER (WHERE NOT done) AS left,
       count(*) FILTER (WHERE NOT done AND leased_until > clock_timestamp()
         AND split_part(leased_by, '#', 1) <> $3) AS others
     FROM import_slices WHERE brand_id = $1 AND phase = $2 GROUP BY source`,
    [brandId, phase, laneName(lane)],
  );
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
  const bySource = (name: string) =>
    Object.fromEntries(rows.map((row) => [row['source'] ?? '', Number(row[name])]));
  return {
    open: bySource('open'),
    slices: sum('slices'),
    read: bySource('read'),
    quarantined: sum('quarantined'),
    left: sum('left'),
    others: sum('others') > 0,
  };
}

/** The separator must not be in the name: the attempt stands behind it. */
function laneName(lane: Lane): string {
  return lane.name.replaceAll('#', '~');
}

function leaseholder(lane: Lane): string {
  return `${laneName(lane)}#${lane.attempt}`;
}
