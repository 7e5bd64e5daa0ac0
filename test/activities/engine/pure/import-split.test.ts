import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIME_LINE } from '../../../../activities/conversations/import/time-line.js';
import { textLine } from '../../../../activities/engine/slices/number-line.js';
import { outlook } from '../../../../activities/engine/slices/split.js';
import { byteOrder } from '../../../../domain/engine/bytes/order.js';
import { sha256Hex } from '../../../../domain/conversations/records/digest.js';
import { codePoint } from '../../../support/arbitraries.js';

const DAY = 86_400_000;
const key = (millis: number) => `${new Date(millis).toISOString()}#m`;
const NOW = Date.UTC(2026, 10, 20);

describe('the rest of a slice', () => {
  const page = { first: key(NOW), last: key(NOW - DAY), count: 2_700 };

  test('is not cut if it is about four pages', () => {
    expect(outlook(page, { lower: null }, key(NOW - 4 * DAY), TIME_LINE, { room: 1_000 })).toEqual({
      left: 8_100,
    });
  });

  test('is cut into pieces of a page, newest first, if it is more', () => {
    const ahead = outlook(page, { lower: null }, key(NOW - 101 * DAY), TIME_LINE, { room: 1_000 });
    expect(ahead?.left).toBe(270_000);
    const pieces = ahead?.cut?.pieces ?? [];
    expect(pieces.length).toBe(124);
    expect(pieces[0]?.upper).toBe(ahead?.cut?.lower);
    expect(pieces.at(-1)?.lower).toBeNull();
    for (const piece of pieces) expect(piece.estimate).toBeLessThan(page.count);
  });

  test('is cut into pieces of eight pages when a few long records fill a page', () => {
    const ofLong = { ...page, count: 10 };
    const ahead = outlook(ofLong, { lower: null }, key(NOW - 161 * DAY), TIME_LINE, { room: 1_000 });
    expect(ahead?.left).toBe(1_600);
    expect(ahead?.cut?.keeps).toBe(80);
    expect(ahead?.cut?.pieces.map(({ estimate }) => estimate)).toEqual(Array(19).fill(80));
  });

  test('is cut into no more pieces than are allowed', () => {
    const cut = (room: number) =>
      outlook(page, { lower: null }, key(NOW - 900 * DAY), TIME_LINE, { room })?.cut;
    expect(cut(0)).toBeUndefined();
    expect(cut(5)?.pieces).toHaveLength(5);
    expect(cut(100_000)?.pieces).toHaveLength(127);
  });

  test('is unknown if keys have no position on the line', () => {
    expect(
      outlook({ ...page, last: 'yesterday#m' }, { lower: null }, key(0), TIME_LINE, { room: 9 }),
    ).toBeUndefined();
    expect(
      outlook({ ...page, last: page.first }, { lower: null }, key(0), TIME_LINE, { room: 9 }),
    ).toBeUndefined();
    expect(outlook(page, { lower: null }, ' garbage', TIME_LINE, { room: 9 })).toBeUndefined();
  });
});

test('every key is in exactly one part', () => {
  const anyKey = fc.oneof(
    fc.string({ unit: codePoint, minLength: 1, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('a', 'b', '0', '9', '-', '\u{1F600}', '\uFFFD', '\0'),
      minLength: 1,
      maxLength: 20,
    }),
    fc
      .date({ min: new Date(0), max: new Date(NOW), noInvalidDate: true })
      .map((date) => `${date.toISOString()}#x`),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(anyKey, { minLength: 12, maxLength: 80 }),
      fc.boolean(),
      (unsorted, byTime) => {
        const keys = unsorted.toSorted(byteOrder).toReversed();
        const [first = '', last = '', oldest = ''] = [keys[0], keys[3], keys.at(-1)];
        const line = byTime ? TIME_LINE : textLine([...keys.slice(0, 4), oldest]);
        const lower = keys.at(-2) ?? null;
        const ahead = outlook({ first, last, count: 4 }, { lower }, oldest, line, {
          room: 50,
          pieceRecords: 2,
        });
        if (!ahead?.cut) return;
        const { cut } = ahead;
        expect(byteOrder(cut.lower, last)).toBeLessThan(0);
        const parts = [{ lower: cut.lower as string | null, upper: null as string | null }, ...cut.pieces];
        for (const one of keys.slice(0, -1)) {
          const holding = parts.filter(
            (part) =>
              (part.lower === null || byteOrder(one, part.lower) >= 0) &&
              (part.upper === null || byteOrder(one, part.upper) < 0),
          );
          expect(holding).toHaveLength(1);
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('ids on a line', () => {
  test.each([
    ['decimal', Array.from({ length: 3_000 }, (_, n) => `thr_${String(n * 7).padStart(6, '0')}`)],
    [
      'hexadecimal',
      Array.from({ length: 3_000 }, (_, n) => `t-${(n * 1_000_003).toString(16).padStart(12, '0')}`),
    ],
    [
      'of all letters',
      Array.from({ length: 3_000 }, (_, n) => Buffer.from(sha256Hex(String(n)), 'hex').toString('base64url')),
    ],
  ])('that are %s are cut into even parts', (_, ids) => {
    const keys = ids.toSorted(byteOrder);
    const line = textLine(keys);
    const positions = keys.map((id) => line.place(id) ?? 0);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const [low, high] = [positions[0] ?? 0, positions.at(-1) ?? 0];
    const bounds = Array.from(
      { length: 9 },
      (__, n) => line.keyAt(low + ((high - low) * (n + 1)) / 10) ?? '',
    );
    const sizes = [...bounds, '\u{10FFFF}'].map(
      (upper, n) =>
        keys.filter((id) => byteOrder(id, upper) < 0 && (n === 0 || byteOrder(id, bounds[n - 1] ?? '') >= 0))
          .length,
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBe(3_000);
    for (const size of sizes) expect(size).toBeGreaterThan(100);
  });
});

test('keys are compared as DynamoDB does, by their UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), fc.string({ unit: codePoint }), (a, b) => {
      expect(Math.sign(byteOrder(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
