import type { ThreadStatus } from './rows.js';

/** The status of a merged thread: open if one of its sources is, else closed if one is, else archived. */
export function mergedStatus(statuses: Iterable<ThreadStatus>): ThreadStatus {
  let merged: ThreadStatus = 'archived';
  for (const status of statuses) {
    if (status === 'open') return 'open';
    if (status === 'closed') merged = 'closed';
  }
  return merged;
}
