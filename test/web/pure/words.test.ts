import { describe, expect, it } from 'vitest';
import {
  ACCOUNT_STATUSES,
  BRAND_STATUSES,
  CHANNEL_STATUSES,
} from '../../../domain/conversations/statuses.js';
import { bytes, percent, plural, rate, share } from '../../../web/src/words/numbers.js';
import { textsOf } from '../../../web/src/words/search.js';
import { inWords, toneOf } from '../../../web/src/words/statuses.js';
import { ago, duration, range } from '../../../web/src/words/times.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const before = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

describe('progress', () => {
  it('is never complete before the end, whatever was planned', () => {
    expect(percent(share({ done: 40_000, planned: 40_000 }, false))).toBe('99 %');
    expect(percent(share({ done: 41_000, planned: 40_000 }, false))).toBe('99 %');
    expect(percent(share({ done: 0, planned: 0 }, false))).toBe('0 %');
  });

  it('is complete at the end, also of fewer records than were planned', () => {
    expect(percent(share({ done: 39_000, planned: 40_000 }, true))).toBe('100 %');
  });

  it('is rounded down', () => {
    expect(percent(share({ done: 1_999, planned: 4_000 }, false))).toBe('49 %');
  });
});

describe('times', () => {
  it('have one unit', () => {
    expect([40, 150, 7_200, 200_000].map(duration)).toEqual(['40 s', '3 min', '2 h', '2 d']);
  });

  it('that are left are a range, which names a shared unit once', () => {
    expect(range({ from: 180, to: 300 })).toBe('3–5 min');
    expect(range({ from: 40, to: 180 })).toBe('1–3 min');
    expect(range({ from: 20, to: 180 })).toBe('under 3 min');
    expect(range({ from: 180, to: 190 })).toBe('3 min');
  });

  it('of the last seconds are now', () => {
    expect(ago(before(2), NOW)).toBe('now');
    expect(ago(before(65), NOW)).toBe('65 s ago');
  });
});

describe('statuses', () => {
  it('of conversations each have the tone that they mean', () => {
    const tones = Object.fromEntries(
      [...ACCOUNT_STATUSES, ...BRAND_STATUSES, ...CHANNEL_STATUSES].map((status) => [status, toneOf(status)]),
    );
    expect(tones).toEqual({
      none: 'waiting',
      pending: 'waiting',
      migrating: 'running',
      porting: 'running',
      'recent-messages-migrated': 'partial',
      'all-messages-migrated': 'done',
      ready: 'done',
      failure: 'failed',
      'brand-failure': 'failed',
      'channel-failure': 'failed',
      'recent-messages-failure': 'failed',
      'remaining-messages-failure': 'failed',
    });
  });

  it('that no one knows are under way', () => {
    expect(toneOf('shuffling')).toBe('running');
  });

  it('are words', () => {
    expect(inWords('recent-messages-migrated')).toBe('Recent messages migrated');
  });
});

describe('numbers', () => {
  it('have their unit', () => {
    expect(rate(0)).toBe('0/s');
    expect(rate(4.25)).toBe('4.3/s');
    expect(rate(1_234.4)).toBe('1,234/s');
    expect(bytes(48_213_991_021)).toBe('48.2 GB');
    expect(plural(1, 'try', 'tries')).toBe('1 try');
  });
});

it('an address’s filters are texts, whatever somebody has typed', () => {
  const search = { q: 4711, status: '', kind: ['a'], needs_attention: true, other: 'x' };
  expect(textsOf(search, ['q', 'status', 'kind', 'needs_attention'])).toEqual({
    q: '4711',
    needs_attention: 'true',
  });
});
