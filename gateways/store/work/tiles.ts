import { byteOrder } from '../../../domain/engine/bytes/order.js';
import { keyOf as columnsOf, OF_PHASE } from './phase-ref.js';
import type { PhaseRef } from './phase-ref.js';
import type { SliceRange } from './slices.js';
import { ask } from '../sql/ask.js';
import type { Pool, Transaction } from '../sql/transaction.js';

interface PlannedRange extends SliceRange {
  readonly stage: string;
}

/**
 * Checks that the slices that have read something exactly cover the planned ranges, without gaps or overlaps. Returns the fault in words; undefined
 * if there is none, or if slices are files.
 */
export async function findUntiled(tx: Pool | Transaction, phase: PhaseRef): Promise<string | undefined> {
  const [planned] = await ask<{ ranges: PlannedRange[] | null }>(
    tx,
    `SELECT ranges FROM carryover.phases WHERE ${OF_PHASE}`,
    columnsOf(phase),
  );
  if (!planned?.ranges) return undefined;
  const slices = await ask<{ stage: string; lower: string | null; upper: string | null }>(
    tx,
    `SELECT stage, lower_key AS lower, upper_key AS upper FROM carryover.work WHERE ${OF_PHASE} AND done AND batches > 0`,
    columnsOf(phase),
  );
  for (const range of joined(planned.ranges)) {
    const fault = faultOf(
      range,
      slices.filter(({ stage, upper }) => stage === range.stage && isWithin(upper, range)),
    );
    if (fault !== undefined) return `slices of ${range.stage} ${fault}`;
  }
  return undefined;
}

/** Joins adjacent ranges. */
function joined(ranges: readonly PlannedRange[]): PlannedRange[] {
  const whole: PlannedRange[] = [];
  for (const range of ranges.toSorted((a, b) => descending(a.upper, b.upper))) {
    const above = whole.findIndex(
      ({ stage, lower }) => stage === range.stage && lower !== null && lower === range.upper,
    );
    if (above < 0) whole.push(range);
    else whole[above] = { ...range, upper: whole[above]?.upper ?? null };
  }
  return whole;
}

/** Keys are JSON text, null for an open end. Descending: each slice must end where the next one begins. */
function faultOf({ lower, upper }: SliceRange, slices: readonly SliceRange[]): string | undefined {
  const sorted = slices.toSorted((a, b) => descending(a.upper, b.upper));
  let edge = upper;
  let atEnd = false;
  for (const slice of sorted) {
    if (atEnd || slice.upper !== edge) {
      const isHole = !atEnd && isBelow(slice.upper, edge);
      return `${isHole ? 'leave a gap' : 'overlap'} between ${shown(slice.upper)} and ${shown(edge)}`;
    }
    edge = slice.lower;
    atEnd = edge === lower;
  }
  return atEnd ? undefined : `leave a gap below ${shown(edge)}`;
}

/** Orders upper ends; the open end is the greatest. */
function descending(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return byteOrder(keyOf(b), keyOf(a));
}

function isWithin(upper: string | null, { lower, upper: edge }: SliceRange): boolean {
  return (
    (upper === edge || isBelow(upper, edge)) &&
    (lower === null || !isBelow(upper, lower)) &&
    upper !== (lower ?? undefined)
  );
}

function isBelow(upper: string | null, edge: string | null): boolean {
  return upper !== null && (edge === null || byteOrder(keyOf(upper), keyOf(edge)) < 0);
}

function keyOf(json: string): string {
  return JSON.parse(json) as string;
}

/** Shows only the first characters, usually the time: the rest may be an id. */
function shown(json: string | null): string {
  return json === null ? 'the open end' : JSON.stringify(keyOf(json).slice(0, 24));
}
