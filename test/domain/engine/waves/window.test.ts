import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { parseWindow, type Window, windowState, windowText } from '../../../../domain/engine/waves/window.js';

const at = (text: string) => Date.parse(text);
const window = (text: string): Window => {
  const parsed = parseWindow(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};
const NIGHT = window('22:00–06:00 Europe/Berlin');

describe('the form', () => {
  test.each(['22:00–06:00 Europe/Berlin', '22:00-06:00 Europe/Berlin', ' 22:00 – 6:00  Europe/Berlin '])(
    '%s',
    (text) => {
      expect(windowText(window(text))).toBe('22:00–06:00 Europe/Berlin');
    },
  );

  test.each([
    ['22:00', 'has the form'],
    ['24:00–06:00 UTC', 'has the form'],
    ['22:60–06:00 UTC', 'has the form'],
    ['22:00–06:00', 'has the form'],
    ['22:00–22:00 UTC', 'different times'],
    ['22:00–06:00 Europe/Nowhere', 'There is no time zone Europe/Nowhere'],
  ])('%s is refused', (text, why) => {
    expect(parseWindow(text)).toContain(why);
  });
});

test.each([
  // In winter Berlin is an hour ahead of UTC.
  ['2026-01-05T20:59:59Z', false, '2026-01-05T21:00:00.000Z'],
  ['2026-01-05T21:00:00Z', true, '2026-01-06T05:00:00.000Z'],
  ['2026-01-06T04:59:59Z', true, '2026-01-06T05:00:00.000Z'],
  ['2026-01-06T05:00:00Z', false, '2026-01-06T21:00:00.000Z'],
  // In the night to 29 March the clocks go from two to three: it has seven hours.
  ['2026-03-28T21:00:00Z', true, '2026-03-29T04:00:00.000Z'],
  ['2026-03-29T04:00:00Z', false, '2026-03-29T20:00:00.000Z'],
  // In the night to 25 October they go from three back to two: it has nine.
  ['2026-10-24T20:00:00Z', true, '2026-10-25T05:00:00.000Z'],
  ['2026-10-25T04:30:00Z', true, '2026-10-25T05:00:00.000Z'],
  ['2026-10-25T05:00:00Z', false, '2026-10-25T21:00:00.000Z'],
])('a night at %s: open %s, until %s', (now, isOpen, until) => {
  expect(windowState(NIGHT, at(now))).toEqual(
    isOpen ? { isOpen, closesAt: until } : { isOpen, opensAt: until },
  );
});

test.each([
  // 02:30 does not exist in that night: it opens at 03:30, an hour after 01:30.
  [
    '02:30–05:00 Europe/Berlin',
    '2026-03-29T01:00:00Z',
    { isOpen: false, opensAt: '2026-03-29T01:30:00.000Z' },
  ],
  // A window within the hour that is skipped comes an hour later.
  [
    '02:15–02:45 Europe/Berlin',
    '2026-03-29T00:00:00Z',
    { isOpen: false, opensAt: '2026-03-29T01:15:00.000Z' },
  ],
  // Of an hour that comes twice the first counts.
  [
    '02:30–05:00 Europe/Berlin',
    '2026-10-25T00:00:00Z',
    { isOpen: false, opensAt: '2026-10-25T00:30:00.000Z' },
  ],
  [
    '09:00–17:00 America/Sao_Paulo',
    '2026-06-01T12:00:00Z',
    { isOpen: true, closesAt: '2026-06-01T20:00:00.000Z' },
  ],
  // In Apia a whole day was skipped at the end of 2011.
  [
    '22:00–06:00 Pacific/Apia',
    '2011-12-30T09:00:00Z',
    { isOpen: true, closesAt: '2011-12-30T16:00:00.000Z' },
  ],
])('%s at %s', (text, now, state) => {
  expect(windowState(window(text), at(now))).toEqual(state);
});

test('at whatever moment, it is open exactly while the clocks of its zone are within it', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'];
  // Whole hours off the changes, where the clocks say it all.
  const hours = fc.integer({ min: 5, max: 21 });
  fc.assert(
    fc.property(
      ...[
        fc.integer({ min: at('2024-01-01'), max: at('2030-01-01') }),
        hours,
        hours,
        fc.constantFrom(...zones),
      ],
      (now, from, to, zone) => {
        fc.pre(from !== to);
        const state = windowState({ from: from * 60, to: to * 60, zone }, now);
        const { hour } = DateTime.fromMillis(now, { zone });
        expect(state.isOpen).toBe(from < to ? hour >= from && hour < to : hour >= from || hour < to);
        const next = at(state.isOpen ? state.closesAt : state.opensAt);
        expect(next).toBeGreaterThan(now);
        const there = DateTime.fromMillis(next, { zone });
        expect([there.hour, there.minute]).toEqual([state.isOpen ? to : from, 0]);
        expect(next - now).toBeLessThanOrEqual(25 * 3_600_000);
      },
    ),
  );
});
