import { expect, test } from 'vitest';
import type { ThreadStatus } from '../../../domain/conversations/rows.js';
import { mergedStatus } from '../../../domain/conversations/thread-status.js';

test.each<[ThreadStatus[], ThreadStatus]>([
  [['open'], 'open'],
  [['closed'], 'closed'],
  [['archived'], 'archived'],
  [['archived', 'open', 'closed'], 'open'],
  [['closed', 'open'], 'open'],
  [['archived', 'closed'], 'closed'],
  [['closed', 'archived', 'archived'], 'closed'],
  [['archived', 'archived'], 'archived'],
])('sources that are %j make a thread that is %s', (statuses, merged) => {
  expect(mergedStatus(statuses)).toBe(merged);
  expect(mergedStatus(statuses.toReversed())).toBe(merged);
});
