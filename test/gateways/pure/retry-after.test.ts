import { expect, test } from 'vitest';
import { parseRetryAfter } from '../../../gateways/http/retry-after.js';

const now = Date.UTC(2026, 0, 1);

test.each([
  ['7', 7],
  ['0', 0],
  [' 12 ', 12],
  ['1.2', 2],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
  ['Wed, 01 Jan 2025 00:01:00 GMT', 0],
  ['999999999', 3_600],
  ['soon', undefined],
  ['-3', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j means %j seconds', (header, seconds) => {
  expect(parseRetryAfter(header, now)).toBe(seconds);
});
