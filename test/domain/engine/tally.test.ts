import { assert, constant, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { minus, NOTHING, plus, type Tally, withinCounted } from '../../../domain/engine/tally.js';

const counts = (taken: number, quarantined = 0, parts = 0): Tally => ({
  ...NOTHING,
  ...{ read: taken + quarantined, taken, quarantined, parts, digest: BigInt(taken) },
});
const ofPhases = (first: Tally, second: Tally) =>
  new Map([
    ['first', first],
    ['second', second],
  ]);

test('what a phase has not counted is subtracted from the other one, which has', () => {
  const removed = new Map([['second', minus(NOTHING, counts(3, 1))]]);
  const within = withinCounted(removed, ofPhases(counts(5, 1), counts(2)));
  expect(within.get('second')).toEqual({ ...minus(NOTHING, counts(2)), digest: -3n });
  expect(within.get('first')).toEqual({ ...minus(NOTHING, counts(1, 1)), digest: 0n });
});

test('corrections that leave every phase something stay as they are', () => {
  const removed = new Map([['second', minus(NOTHING, counts(2))]]);
  expect(withinCounted(removed, ofPhases(counts(5), counts(2)))).toEqual(removed);
  const added = new Map([['first', counts(1)]]);
  expect(withinCounted(added, ofPhases(NOTHING, NOTHING))).toEqual(added);
});

test('a unit of one phase has nothing to take it from', () => {
  const removed = new Map([['first', minus(NOTHING, counts(2))]]);
  expect(withinCounted(removed, new Map([['first', counts(1)]]))).toEqual(removed);
});

test('whatever was counted together is subtracted without a negative count, and the sum stays the same', () => {
  const some = integer({ min: 0, max: 5 });
  const tally = record({ taken: some, quarantined: some, parts: some, digest: constant(0n) }).map(
    ({ taken, quarantined, parts }) => counts(taken, quarantined, parts),
  );
  assert(
    property(tally, tally, tally, tally, (first, second, ownFirst, ownSecond) => {
      const counted = ofPhases(plus(first, ownFirst), plus(second, ownSecond));
      // What each has counted for the other.
      const removed = ofPhases(minus(NOTHING, second), minus(NOTHING, first));
      const within = withinCounted(removed, counted);
      const left = [...counted].map(([phase, before]) => plus(before, within.get(phase) ?? NOTHING));
      for (const { read, taken, quarantined, parts } of left) {
        expect(Math.min(read, taken, quarantined, parts)).toBeGreaterThanOrEqual(0);
        expect(read).toBe(taken + quarantined);
      }
      expect(left.reduce(plus, NOTHING)).toEqual(plus(ownFirst, ownSecond));
    }),
  );
});
