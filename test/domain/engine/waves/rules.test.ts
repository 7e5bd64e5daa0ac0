import { describe, expect, test } from 'vitest';
import { nextStep, type SteppedWave } from '../../../../domain/engine/waves/next-step.js';
import { hasFailedTooMuch, MEMBER_STATES, type MemberCounts } from '../../../../domain/engine/waves/rules.js';

const counts = (some: Partial<MemberCounts>): MemberCounts => ({
  ...(Object.fromEntries(MEMBER_STATES.map((state) => [state, 0])) as MemberCounts),
  ...some,
});
const NOTHING = { failed: 0, ended: 0 };
const NOON = Date.parse('2026-01-05T12:00:00Z');

describe('too many have failed', () => {
  test.each([
    ['never without a limit', null, { failed: 100 }, false],
    ['at the first failure with 0 %', 0, { failed: 1, waiting: 99 }, true],
    ['not without a failure', 0, { done: 50, waiting: 50 }, false],
    // The first 20 count as if all had ended: one in 20 is 5 %.
    ['not for the first failure of many', 5, { failed: 1, waiting: 99 }, false],
    ['for the second failure of the first 20', 5, { failed: 2, waiting: 98 }, true],
    ['not while the share is what is allowed', 10, { failed: 10, done: 90, waiting: 1 }, false],
    ['once the share is more', 10, { failed: 11, done: 89, waiting: 1 }, true],
    ['refused starts count', 10, { failed: 5, refused: 6, done: 89, waiting: 1 }, true],
    ['cancelled members do not', 10, { failed: 2, cancelled: 90, waiting: 100 }, false],
    ['a small wave is taken as a whole', 25, { failed: 1, waiting: 3 }, false],
    ['of a small wave more than the share', 25, { failed: 2, waiting: 2 }, true],
  ])('%s', (_what, stopPercent, some, stops) => {
    expect(hasFailedTooMuch(counts(some), { stopPercent }, NOTHING)).toBe(stops);
  });

  test('what had failed when a person resumed does not count again', () => {
    const accepted = { failed: 2, ended: 10 };
    const limit = { stopPercent: 5 };
    expect(hasFailedTooMuch(counts({ failed: 2, done: 8, waiting: 90 }), limit, accepted)).toBe(false);
    expect(hasFailedTooMuch(counts({ failed: 3, done: 8, waiting: 89 }), limit, accepted)).toBe(false);
    expect(hasFailedTooMuch(counts({ failed: 4, done: 8, waiting: 88 }), limit, accepted)).toBe(true);
  });
});

const WAVE: SteppedWave = { state: 'running', hours: null, atOnce: 3, stopPercent: 10, accepted: NOTHING };
const CLOSED = '22:00–06:00 UTC';

test.each<[string, Partial<SteppedWave>, Partial<MemberCounts>, object]>([
  ['starts as many as may run', {}, { waiting: 9 }, { do: 'start', most: 3 }],
  ['starts what is left', {}, { waiting: 1, running: 1 }, { do: 'start', most: 1 }],
  ['fills slots that are free', {}, { waiting: 9, running: 2 }, { do: 'start', most: 1 }],
  ['waits while all slots are taken', {}, { waiting: 9, running: 4 }, { do: 'wait', for: 'running members' }],
  ['waits for the last ones', {}, { running: 1 }, { do: 'wait', for: 'running members' }],
  ['ends with the last one', {}, { done: 5, failed: 4 }, { do: 'end' }],
  ['ends although it is paused', { state: 'paused' }, { done: 5 }, { do: 'end' }],
  [
    'waits for a person while it is paused',
    { state: 'paused' },
    { waiting: 1 },
    { do: 'wait', for: 'a person' },
  ],
  [
    'waits for a person once it has stopped',
    { state: 'stopped' },
    { waiting: 1 },
    { do: 'wait', for: 'a person' },
  ],
  [
    'starts nothing once it is cancelled',
    { state: 'cancelled' },
    { waiting: 1 },
    { do: 'wait', for: 'running members' },
  ],
  ['stops when too many have failed', {}, { waiting: 50, failed: 3 }, { do: 'stop' }],
  [
    'waits for its window',
    { hours: CLOSED },
    { waiting: 1 },
    { do: 'wait', for: 'the window', until: '2026-01-05T22:00:00.000Z' },
  ],
  ['ends outside of its window', { hours: CLOSED }, { done: 1 }, { do: 'end' }],
  ['starts within its window', { hours: '11:00–13:00 UTC' }, { waiting: 1 }, { do: 'start', most: 1 }],
])('a wave %s', (_what, wave, some, step) => {
  expect(nextStep({ ...WAVE, ...wave }, counts(some), NOON)).toEqual(step);
});
