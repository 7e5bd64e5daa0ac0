import { describe, expect, test } from 'vitest';
import {
  afterPass,
  type FinishReason,
  type PassOutcome,
} from '../../../../domain/conversations/following/finishing.js';
import { followingWords } from '../../../../domain/conversations/following/failures.js';

const EQUAL: PassOutcome = {
  state: 'equal',
  passes: 1,
  hintsWait: false,
  hasNews: false,
  hasRepaired: false,
  hasGap: false,
  openPorts: 0,
};
const unequal: Partial<PassOutcome> = { state: 'unequal' };

describe('after the last pass', () => {
  test.each<[FinishReason, Partial<PassOutcome>, string]>([
    ['idle', {}, 'end'],
    ['idle', unequal, 'end'],
    ['idle', { hasNews: true }, 'withdraw'],
    ['idle', { hasGap: true }, 'withdraw'],
    ['idle', { openPorts: 1 }, 'withdraw'],
    ['idle', { hintsWait: true, hasNews: true }, 'wait'],
    ['idle', { state: 'failed', hintsWait: true }, 'withdraw'],
    ['max-days', { hasNews: true, hasGap: true, openPorts: 2 }, 'end'],
    ['max-days', { state: 'failed' }, 'withdraw'],
    ['max-days', { ...unequal, hasNews: true }, 'again'],
    ['idle', { ...unequal, hasRepaired: true }, 'again'],
    ['operator', { ...unequal, hasRepaired: true }, 'again'],
    ['operator', { hasRepaired: true }, 'end'],
    ['operator', { ...unequal, hasRepaired: true, passes: 3 }, 'end'],
    ['operator', { hasNews: true, hasGap: true, openPorts: 2 }, 'end'],
    ['operator', { state: 'failed' }, 'again'],
    ['operator', { hintsWait: true }, 'wait'],
    ['operator', unequal, 'end'],
    ['operator', { ...unequal, hasNews: true, passes: 2 }, 'again'],
    ['operator', { ...unequal, hasNews: true, passes: 3 }, 'end'],
  ])('%s with %j: %s', (reason, outcome, expected) => {
    expect(afterPass(reason, { ...EQUAL, ...outcome })).toBe(expected);
  });
});

test('following that ended without an open port says so', () => {
  const failure = { cause: 'max-days', days: 60, openPorts: 0, stillOpen: 0 } as const;
  expect(followingWords('acc_1', '', failure)).toMatchObject({
    message: expect.stringContaining('with no port open: the source still changed'),
    command: 'carryover verify acc_1 --repair',
  });
});
