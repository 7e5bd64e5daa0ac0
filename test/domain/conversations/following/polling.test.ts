import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextInterval, pollFrom, positionAfter } from '../../../../domain/conversations/following/polling.js';

const AT = (text: string) => new Date(`2026-11-10T${text}.000Z`);
const key = (time: Date | string) => `${typeof time === 'string' ? time : time.toISOString()}#msg_1`;

test('the interval doubles up to five minutes, and begins anew with news', () => {
  const intervals = [15_000];
  for (let n = 0; n < 6; n += 1) intervals.push(nextInterval(intervals.at(-1) ?? 0, false));
  expect(intervals).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  expect(nextInterval(300_000, true)).toBe(15_000);
});

test('a poll reads 15 minutes of what was read before', () => {
  const from = pollFrom(AT('10:15:00'));
  expect(from <= key(AT('10:00:00'))).toBe(true);
  expect(from > key(AT('09:59:59'))).toBe(true);
});

describe('a position', () => {
  test('moves to the newest time', () => {
    expect(positionAfter(AT('10:00:00'), [key(AT('10:01:00')), key(AT('10:02:00'))], AT('11:00:00'))).toEqual(
      AT('10:02:00'),
    );
  });

  test.each([
    ['year 9999', '9999-12-31T23:59:59.999Z#msg_1'],
    ['a year of five digits', '+012026-01-01T00:00:00.000Z#msg_1'],
    ['a moment that has not come', key(AT('10:30:01'))],
    ['no time', 'zzz'],
    ['no character that is printed', '\uFFFF'],
    ['a time that the index sorts before its own', '2026-11-10T05:10:00.000-05:00#msg_1'],
  ])('is not moved by %s', (_, odd) => {
    const began = AT('10:30:00');
    expect(positionAfter(AT('10:00:00'), [odd], began)).toEqual(AT('10:00:00'));
    expect(positionAfter(AT('10:00:00'), [key(AT('10:20:00')), odd], began)).toEqual(AT('10:20:00'));
  });

  test('knows other forms of a time', () => {
    expect(positionAfter(AT('10:00:00'), ['2026-11-10T12:05:00+02:00#msg_1'], AT('11:00:00'))).toEqual(
      AT('10:05:00'),
    );
    expect(positionAfter(AT('10:00:00'), ['2026-11-10T10:06:00Z#msg_1'], AT('11:00:00'))).toEqual(
      AT('10:06:00'),
    );
  });

  test('never goes back, is never after the pass, and hides no key that was not read', () => {
    const time = fc.date({ noInvalidDate: true, min: AT('00:00:00'), max: AT('23:59:59') });
    const keys = fc.array(fc.oneof(time.map(key), fc.string()));
    fc.assert(
      fc.property(keys, time, time, (found, position, began) => {
        const read = found.toSorted();
        const moved = positionAfter(position, read, began);
        expect(moved >= position).toBe(true);
        expect(moved <= (position > began ? position : began)).toBe(true);
        if (moved > position) expect(pollFrom(moved) < (read.at(-1) ?? '')).toBe(true);
      }),
    );
  });
});
