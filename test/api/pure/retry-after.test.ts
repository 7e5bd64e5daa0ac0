import { expect, test } from 'vitest';
import { matchesEtag } from '../../../api/http/etag.js';
import { retryAfterSeconds } from '../../../api/http/retry-after.js';

const minutes = (count: number) => count * 60_000;

test('a status that has just changed is polled again after a second', () => {
  expect(retryAfterSeconds('migrating', 0)).toBe(1);
  expect(retryAfterSeconds('migrating', -5_000)).toBe(1);
});

test('the longer nothing has changed, the longer the wait, up to a minute', () => {
  const told = [0, 5_000, 20_000, minutes(1), minutes(4), minutes(10), minutes(10_000)].map((ms) =>
    retryAfterSeconds('recent-messages-failure', ms),
  );
  expect(told).toEqual([1, 2, 5, 13, 49, 60, 60]);
});

test('a finished migration is polled at most once a minute, and eventually once an hour', () => {
  expect(retryAfterSeconds('all-messages-migrated', 0)).toBe(60);
  expect(retryAfterSeconds('all-messages-migrated', minutes(100_000))).toBe(3_600);
});

test.each([
  [undefined, false],
  ['"7-abc"', true],
  ['W/"7-abc"', true],
  ['"6-abc", W/"7-abc"', true],
  ['*', true],
  ['"7-ab"', false],
  ['7-abc', false],
  ['"x, \\"7-abc"', false],
])('If-None-Match %s names "7-abc": %s', (header, expected) => {
  expect(matchesEtag(header, '"7-abc"')).toBe(expected);
});
