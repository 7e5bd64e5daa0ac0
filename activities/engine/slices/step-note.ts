import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Tally } from '../../../domain/engine/tally.js';
import type { SliceStep } from '../../../gateways/store/work/advance.js';

const Whole = Type.Integer();
const Key = Type.Union([Type.String(), Type.Null()]);
const Bounds = Type.Object({ low: Whole, high: Whole });
const Piece = Type.Object({
  stage: Type.String(),
  lower: Key,
  upper: Key,
  estimate: Whole,
  bounds: Type.Optional(Bounds),
});
const Note = Type.Object({
  cursor: Key,
  done: Type.Boolean(),
  estimate: Whole,
  bounds: Type.Optional(Bounds),
  cut: Type.Optional(Type.Object({ lower: Type.String(), pieces: Type.Array(Piece) })),
  tally: Type.Object({
    read: Whole,
    taken: Whole,
    quarantined: Whole,
    digest: Type.String({ pattern: '^-?\\d+$' }),
    parts: Whole,
    partsDigest: Type.String({ pattern: '^-?\\d+$' }),
  }),
});
type Note = Static<typeof Note>;

const checked = Compile(Note);

/** Serializes a step and its tally for a target to keep with its fence: keys and counts, at most some kilobytes. */
export function writeNote({ cursor, done, estimate, bounds, cut }: SliceStep, tally: Tally): string {
  const { digest, partsDigest, ...counts } = tally;
  return JSON.stringify({
    cursor,
    done,
    estimate,
    bounds,
    cut,
    tally: { ...counts, digest: String(digest), partsDigest: String(partsDigest) },
  });
}

/** The noted step, with the owner and batch number of the given one. */
export function readNote(
  text: string,
  { sliceId, lease, batch }: SliceStep,
): { readonly step: SliceStep; readonly tally: Tally } {
  const { tally, ...step }: Note = checked.Parse(JSON.parse(text));
  return {
    step: { sliceId, lease, batch, ...step },
    tally: { ...tally, digest: BigInt(tally.digest), partsDigest: BigInt(tally.partsDigest) },
  };
}
