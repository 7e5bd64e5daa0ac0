import type { QuarantinedRecord } from '../../../domain/conversations/records/rows.js';
import type { ReadThread } from '../../../gateways/store/conversations/import/threads.js';
import type { KeptRecord } from '../../../gateways/store/conversations/verify/held-records.js';
import type { HeldThread } from '../../../gateways/store/conversations/verify/held-threads.js';
import { REFUSED } from '../../../domain/conversations/records/quarantine-reasons.js';
import { judgeKept, judgeQuarantined } from './verdict.js';
import type { Verdict } from './verdict.js';

/** The fields of a source thread that determine its thread's own row. */
const ROW_FOLLOWS = new Set(['thread']);

export interface ThreadContext {
  readonly brandId: string;
  /** Another brand of the account holds the thread but no longer has it in Conversations. */
  readonly isMoved: boolean;
  /** Whether the import reads the thread on its own rather than for a message. */
  readonly isExpected: boolean;
  readonly isNew: boolean;
}

/**
 * A valid source thread must be held as read, as a source of the thread with its pair. A thread of another brand of the account is correctly in
 * quarantine while that brand still has it; otherwise it was moved and counts as different.
 */
export function judgeThread(
  verdict: Verdict<ReadThread>,
  read: ReadThread,
  { source, rightThreadId }: HeldThread,
  kept: KeptRecord | undefined,
  { brandId, isMoved, isExpected, isNew }: ThreadContext,
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
  verdict.mark('shown', row.sourceId);
  if (source && isMoved) {
    verdict.took(row.digest);
    verdict.name('threads', 'different', row.sourceId, null, ['brand', ...source.fields]);
    verdict.rows.push(read);
    verdict.mark('misplaced', row.sourceId);
    verdict.moved.threads.add(row.sourceId);
    verdict.markMoved(source.brandId, 'moved-thread', row.sourceId);
    if (rightThreadId) verdict.mark('counts', rightThreadId);
    if (kept) verdict.releaseKept(kept);
    return;
  }
  if (kept?.quarantined) {
    if (source !== null || kept.quarantined.reason.startsWith(REFUSED)) {
      return judgeQuarantined(verdict, read, kept.quarantined, row.sourceId, null);
    }
    verdict.name('quarantined_records', 'different', row.sourceId, null, ['can be taken now']);
    verdict.took(row.digest);
    verdict.rows.push(read);
    return verdict.releaseKept(kept);
  }
  if (!isExpected) return;
  verdict.rows.push(read);
  verdict.mark('misplaced', row.sourceId);
  if (isNew) return verdict.name('threads', 'new', row.sourceId, null);
  if (source) verdict.refused();
  else verdict.took(row.digest);
  verdict.name('threads', 'missing', row.sourceId, null);
  if (rightThreadId) verdict.mark('counts', rightThreadId);
}

/** A thread that can no longer be taken: in quarantine, or still held as a source from when it was valid. */
export function judgeRefusedThread(
  verdict: Verdict<ReadThread>,
  record: QuarantinedRecord,
  kept: KeptRecord,
  { isSource, isExpected }: { readonly isSource: boolean; readonly isExpected: boolean },
): void {
  verdict.mark('shown', record.rangeKey);
  if (judgeKept(verdict, record, kept)) return;
  if (!isSource && !isExpected) return;
  verdict.refused();
  if (isSource) {
    verdict.mark('thread', record.rangeKey);
    verdict.mark('refused-thread', record.rangeKey);
    verdict.name('threads', 'different', record.sourceId, record.sourceKey, ['cannot be taken any more']);
    return;
  }
  if (kept.elsewhere.length > 0)
    verdict.name('quarantined_records', 'different', record.sourceId, record.sourceKey, ['brand']);
  else verdict.name('quarantined_records', 'missing', record.sourceId, record.sourceKey);
  verdict.records.push(record);
}
