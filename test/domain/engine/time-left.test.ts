import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastOf, plannedOf, timeLeft } from '../../../domain/engine/time-left.js';

test.each([
  ['the bounds differ', { low: 100, high: 200 }, { recent: 10, average: 10 }, { from: 10, to: 20 }],
  ['the rates differ', { low: 100, high: 100 }, { recent: 20, average: 5 }, { from: 5, to: 20 }],
  ['it has just begun to move', { low: 100, high: 100 }, { recent: 10, average: 0 }, { from: 10, to: 10 }],
  ['a part of a second is left', { low: 1, high: 1 }, { recent: 1_000, average: 1_000 }, { from: 1, to: 1 }],
  ['all is read and nothing checked', { low: 0, high: 0 }, { recent: 5, average: 5 }, { from: 1, to: 1 }],
  ['more was read than was planned', { low: -5, high: -1 }, { recent: 5, average: 5 }, { from: 1, to: 1 }],
  ['nothing moves', { low: 100, high: 200 }, { recent: 0, average: 10 }, null],
  ['nobody knows how much there is', { low: 100, high: null }, { recent: 10, average: 10 }, null],
])('the time left while %s', (_when, left, rates, expected) => {
  expect(timeLeft(left, rates)).toEqual(expected);
});

test('a range is in order, and never over', () => {
  const number = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(number, number, number, number, (low, more, recent, average) => {
      const left = timeLeft({ low, high: low + more }, { recent, average });
      if (recent === 0) expect(left).toBe(null);
      else expect(1 <= left!.from && left!.from <= left!.to).toBe(true);
    }),
  );
});

test.each([
  ['none', [], null],
  ['one', [{ from: 1, to: 2 }], { from: 1, to: 2 }],
  [
    'two',
    [
      { from: 1, to: 9 },
      { from: 3, to: 4 },
    ],
    { from: 3, to: 9 },
  ],
  ['one that nobody knows', [{ from: 1, to: 9 }, null], null],
])('the last of %s', (_of, all, expected) => {
  expect(lastOf(all)).toEqual(expected);
});

test.each([
  [100, 40, false, 100],
  [100, 100, false, 101],
  [100, 140, false, 141],
  [0, 0, false, 1],
  [100, 100, true, 100],
  [90, 100, true, 100],
])('of %i planned with %i done, and finished: %s, %i are shown', (planned, done, isFinished, shown) => {
  expect(plannedOf(planned, done, isFinished)).toBe(shown);
});
