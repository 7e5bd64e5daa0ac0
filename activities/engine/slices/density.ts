/** Estimates how many records a range of keys at the source holds, as bounds from samples. Used only for progress. */

import type { NumberLine } from './number-line.js';
import type { NewestKeys } from '../source.js';

/** Records per unit of the line, around a position. */
export interface Density {
  readonly at: number;
  readonly perUnit: number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const PROBES = 8;
const PROBE_RECORDS = 50;
/** Records come in bursts of about this many, so a sample says less than its count suggests. */
const BURST = 4;
/** Two standard deviations of all samples together. */
const SPREAD = (2 * BURST) / Math.sqrt(BURST * PROBES * PROBE_RECORDS);
/** The factor of uncertainty when only the density of the previous page is known. */
const UNSAMPLED = 2;

/**
 * Samples densities at positions spread evenly between `from` and `to`, which lies below it. Each sample costs a query of some dozens of records; all
 * queries run at once.
 */
export async function sampleDensities(
  newestKeys: NewestKeys,
  line: NumberLine,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<Density[]> {
  const places = Array.from({ length: PROBES }, (_, n) => from - ((n + 0.5) * (from - to)) / PROBES);
  const found = await Promise.all(
    places.map(async (place) => {
      const upper = line.keyAt(place);
      if (upper === undefined) return [];
      const keys = await newestKeys({ lower: null, upper }, PROBE_RECORDS, signal);
      const inside = keys
        .map((key) => line.place(key))
        .filter((at) => at !== undefined && at >= to && at < place);
      const last = inside.length < PROBE_RECORDS ? to : (inside.at(-1) ?? to);
      const span = place - last;
      return span <= 0 ? [] : [{ at: place - span / 2, perUnit: inside.length / span }];
    }),
  );
  return found.flat();
}

/** Bounds on the number of records from `from` down to `to`. Assumes that the density between two samples lies between theirs. */
export function boundsOn(samples: readonly Density[], from: number, to: number): Bounds {
  const ordered = samples.toSorted((a, b) => b.at - a.at);
  let low = 0;
  let high = 0;
  for (let at = 0; at <= ordered.length; at += 1) {
    const [above, below] = [ordered[at - 1] ?? ordered[at], ordered[at] ?? ordered[at - 1]];
    if (!above || !below) continue;
    const top = Math.min(from, at === 0 ? Infinity : above.at);
    const bottom = Math.max(to, at === ordered.length ? -Infinity : below.at);
    const width = Math.max(0, top - bottom);
    low += width * Math.min(above.perUnit, below.perUnit);
    high += width * Math.max(above.perUnit, below.perUnit);
  }
  return { low: Math.floor(low * (1 - SPREAD)), high: Math.ceil(high * (1 + SPREAD)) };
}

/** A sample may miss a burst, so the rest may hold several times the samples' estimate; a page that is one burst suggests a hundred times as much. */
const DOUBT = 4;

/** An upper bound on the records in a rest of this length; undefined without samples. */
export function mostOf(samples: readonly Density[], length: number): number | undefined {
  if (samples.length === 0) return undefined;
  const mean = samples.reduce((sum, { perUnit }) => sum + perUnit, 0) / samples.length;
  return Math.ceil(DOUBT * mean * length);
}

/** Bounds on an unsampled rest, from the density of the page before it. */
export function unsampledBounds(left: number): Bounds {
  return { low: Math.floor(left / UNSAMPLED), high: Math.ceil(left * UNSAMPLED) };
}
