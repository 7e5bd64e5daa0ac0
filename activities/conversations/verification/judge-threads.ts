import type { QuarantinedRecord } from '../../../domain/conversations/rows.js';
import type { ReadThread } from '../../../gateways/store/bulk/threads.js';
import type { KeptRecord } from '../../../gateways/store/verify/held-records.js';
import type { HeldThread } from '../../../gateways/store/verify/held-threads.js';
import { REFUSED } from '../import-threads.js';
import { isNew, judgeKept, judgeLeftThere } from './verdict.js';
import type { NewSince, Verdict } from './verdict.js';

/** Of these, what a thread's own row holds follows from its sources. */
const ROW_FOLLOWS = new Set(['thread']);

/** A source thread that can be taken must be a source of the thread with its pair, as it was read. */
export function judgeThread(
  verdict: Verdict<ReadThread>,
  read: ReadThread,
  { source, rightThreadId }: HeldThread,
  kept: KeptRecord | undefined,
  brandId: string,
  since: NewSince,
): void {
  const { row } = read;
  if (source?.brandId === brandId) {
    verdict.took(row.digest, 0, 0n, verdict.mark('thread', row.sourceId));
    if (source.fields.length === 0) return;
    verdict.name('threads', 'different', row.sourceId, null, source.fields);
    verdict.rows.push(read);
    if (!source.fields.some((field) => ROW_FOLLOWS.has(field))) return;
    verdict.mark('misplaced', row.sourceId);
    verdict.mark('counts', source.threadId);
    if (rightThreadId) verdict.mark('counts', rightThreadId);
    return;
  }
  if (kept?.quarantined) {
    if (source !== null || kept.quarantined.reason.startsWith(REFUSED)) {
      return judgeLeftThere(verdict, read, kept.quarantined, row.sourceId, null);
    }
    verdict.name('quarantined_records', 'different', row.sourceId, null, ['can be taken now']);
    verdict.took(row.digest);
    verdict.rows.push(read);
    return verdict.releaseKept(kept);
  }
  verdict.rows.push(read);
  verdict.mark('misplaced', row.sourceId);
  // A thread has no time in its key: its own word is taken.
  if (isNew((read.item as Record<string, unknown>)['created_at'], since))
    return verdict.name('threads', 'new', row.sourceId, null);
  if (source) verdict.refused();
  else verdict.took(row.digest);
  verdict.name('threads', 'missing', row.sourceId, null);
  if (rightThreadId) verdict.mark('counts', rightThreadId);
}

/** A thread that cannot be taken: in quarantine, or still the source of a thread from better days. */
export function judgeRefusedThread(
  verdict: Verdict<ReadThread>,
  record: QuarantinedRecord,
  kept: KeptRecord,
  isSource: boolean,
): void {
  if (judgeKept(verdict, record, kept)) return;
  verdict.refused();
  if (isSource) {
    verdict.mark('thread', record.rangeKey);
    verdict.name('threads', 'different', record.sourceId, record.sourceKey, ['cannot be taken any more']);
    return;
  }
  verdict.name('quarantined_records', 'missing', record.sourceId, record.sourceKey);
  verdict.records.push(record);
}
