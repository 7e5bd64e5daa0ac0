/** Counts and digests of records. */
export interface Tally {
  /** taken + quarantined. */
  readonly read: number;
  readonly taken: number;
  readonly quarantined: number;
  /** The sum of the digests of the records taken. */
  readonly digest: bigint;
  /** Parts of records, such as attachments of messages, and the sum of their digests. */
  readonly parts: number;
  readonly partsDigest: bigint;
}

export const NOTHING: Tally = { read: 0, taken: 0, quarantined: 0, digest: 0n, parts: 0, partsDigest: 0n };

export function plus(a: Tally, b: Tally): Tally {
  return {
    read: a.read + b.read,
    taken: a.taken + b.taken,
    quarantined: a.quarantined + b.quarantined,
    digest: a.digest + b.digest,
    parts: a.parts + b.parts,
    partsDigest: a.partsDigest + b.partsDigest,
  };
}

export function minus(a: Tally, b: Tally): Tally {
  return {
    read: a.read - b.read,
    taken: a.taken - b.taken,
    quarantined: a.quarantined - b.quarantined,
    digest: a.digest - b.digest,
    parts: a.parts - b.parts,
    partsDigest: a.partsDigest - b.partsDigest,
  };
}

/** The tally of records that left quarantine and are not counted anywhere else. */
export function released(count: number): Tally {
  return { ...NOTHING, read: -count, quarantined: -count };
}

/**
 * Adjusts corrections, by phase, so that no count of a unit's phases becomes negative: what a phase has not counted is subtracted from another one that has.
 *
 * @param counted the tallies of all its phases
 */
export function withinCounted(
  corrections: ReadonlyMap<string, Tally>,
  counted: ReadonlyMap<string, Tally>,
): ReadonlyMap<string, Tally> {
  const within = new Map(corrections);
  const add = (phase: string, tally: Tally) => within.set(phase, plus(within.get(phase) ?? NOTHING, tally));
  for (const [phase, correction] of corrections) {
    const excess = belowNothing(plus(counted.get(phase) ?? NOTHING, correction));
    const other = [...counted.keys()].find((each) => each !== phase);
    if (other === undefined || isNothing(excess)) continue;
    add(phase, minus(NOTHING, excess));
    add(other, excess);
  }
  return within;
}

/** Its negative counts. */
function belowNothing({ taken, quarantined, parts }: Tally): Tally {
  const below = {
    taken: Math.min(0, taken),
    quarantined: Math.min(0, quarantined),
    parts: Math.min(0, parts),
  };
  return { ...NOTHING, ...below, read: below.taken + below.quarantined };
}

export function isNothing(tally: Tally): boolean {
  return Object.values(tally).every((value) => value === 0 || value === 0n);
}
