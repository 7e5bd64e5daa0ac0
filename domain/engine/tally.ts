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

export function isNothing(tally: Tally): boolean {
  return Object.values(tally).every((value) => value === 0 || value === 0n);
}
