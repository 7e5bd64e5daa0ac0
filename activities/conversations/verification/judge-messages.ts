import type { QuarantinedRecord } from '../../../domain/conversations/records/rows.js';
import type { ReadMessage } from '../../../gateways/store/conversations/import/read-message.js';
import { isSmallerCopy } from '../../../gateways/store/conversations/copies/superseded.js';
import type { HeldMessage } from '../../../gateways/store/conversations/verify/held-messages.js';
import type {
  KeptRecord,
  StandingMessage,
} from '../../../gateways/store/conversations/verify/held-records.js';
import { REFUSED } from '../../../domain/conversations/records/quarantine-reasons.js';
import { isNew, judgeKept, judgeQuarantined, KEPT_IN } from './verdict.js';
import type { NewSince, Verdict } from './verdict.js';

export interface MessageContext {
  readonly accountId: string;
  readonly since: NewSince;
}

/** Both sides hold the record, with different contents. `changes.ts` finds out which. */
export interface ChangedMessage {
  readonly read: ReadMessage;
  readonly held: NonNullable<HeldMessage['row']>;
  /** Held by another brand, or in another thread that is not reported itself. */
  readonly elsewhere: 'brand' | 'thread' | undefined;
}

export type MessageVerdict = Verdict<ReadMessage> & { readonly changed: ChangedMessage[] };

/** Whether the held row is this very record, rather than another copy of it or another account's message. */
export function isHeld({ row }: ReadMessage, { row: held }: HeldMessage, accountId: string): boolean {
  return (
    held !== null &&
    (held.accountId ?? accountId) === accountId &&
    held.sourceKey === row.sourceKey &&
    held.sourceThreadId === row.sourceThreadId
  );
}

/**
 * The record is held as a row. The row must have the contents and attachments as read, and be in the thread of its source thread. A row of another
 * brand of the account was moved in Conversations: it counts as different.
 */
export function judgeHeld(
  verdict: MessageVerdict,
  read: ReadMessage,
  { row: held, thread, threadIsNamed }: HeldMessage,
  brandId: string,
): void {
  if (!held) return;
  const { row } = read;
  const mark = verdict.mark('message', held.id);
  verdict.took(row.digest, row.attachments.length, row.attachmentsDigest, mark);
  const elsewhere = thread !== null && thread.id !== held.threadId;
  const holder = held.brandId ?? brandId;
  const sameFiles =
    held.attachments === row.attachments.length && held.attachmentsDigest === row.attachmentsDigest;
  if (holder !== brandId) {
    verdict.changed.push({ read, held, elsewhere: 'brand' });
    verdict.rows.push(read);
    verdict.moved.messages.push(held.id);
    verdict.markMoved(holder, 'moved-message', held.id);
    if (thread) verdict.mark('counts', thread.id);
    return;
  }
  if (held.digest === row.digest && sameFiles && !elsewhere) return;
  verdict.changed.push({ read, held, elsewhere: elsewhere && !threadIsNamed ? 'thread' : undefined });
  verdict.rows.push(read);
  verdict.mark('counts', held.threadId);
  if (elsewhere && thread) verdict.mark('counts', thread.id);
}

/**
 * The record is not held as a row:
 *
 * 1. Quarantine is correct while its thread is missing, another account holds its id, or PostgreSQL refuses it. Otherwise it could be taken.
 * 2. A superseded copy is correct unless it is smaller than the held copy, or no copy is held and it was once quarantined beside another that still
 *    is. `mayStand` says whether PostgreSQL would accept it.
 * 3. In another brand, in quarantine or as a superseded copy: it was moved and counts as different.
 * 4. Held nowhere: it should have won, or its superseded entry is missing, or the message is.
 */
export function judgeUnheld(
  verdict: MessageVerdict,
  read: ReadMessage,
  { row: held, thread, threadIsNamed }: HeldMessage,
  kept: KeptRecord,
  mayStand: boolean,
  { accountId, since }: MessageContext,
): void {
  const { row } = read;
  const key = `${row.sourceThreadId}/${row.sourceKey}`;
  const ours = held !== null && (held.accountId ?? accountId) === accountId;
  const shouldWin = thread !== null && ours && isSmallerCopy(row, held);
  if (kept.quarantined) {
    const rightly =
      thread === null || (held !== null && !ours) || kept.quarantined.reason.startsWith(REFUSED);
    if (rightly) return judgeQuarantined(verdict, read, kept.quarantined, row.sourceId, key);
    verdict.name('quarantined_records', 'different', row.sourceId, key, ['can be taken now']);
    return importInstead(verdict, read, thread, kept);
  }
  const couldBeFirst = thread !== null && held === null && kept.superseded?.digest === 0n;
  if (kept.superseded && !((shouldWin || couldBeFirst) && mayStand))
    return judgeCopy(verdict, read, kept.superseded, key);
  if (shouldWin) {
    verdict.name('messages', 'different', row.sourceId, key, ['copy']);
    verdict.mark('counts', held.threadId);
    return importInstead(verdict, read, thread, kept);
  }
  const [elsewhere] = kept.elsewhere;
  if (elsewhere) {
    verdict.name(KEPT_IN[elsewhere.kind], 'different', row.sourceId, key, ['brand']);
    return importInstead(verdict, read, thread, kept);
  }
  if (ours && thread !== null) {
    verdict.name('superseded_copies', 'missing', row.sourceId, key);
    return importInstead(verdict, read, thread, kept);
  }
  if (isNew(row.sourceKey, since)) {
    verdict.name('messages', 'new', row.sourceId, key);
    verdict.rows.push(read);
    return;
  }
  if (thread === null && !threadIsNamed) {
    verdict.refused();
    verdict.rows.push(read);
    return verdict.name('quarantined_records', 'missing', row.sourceId, key);
  }
  verdict.name('messages', 'missing', row.sourceId, key);
  for (const { sourceId, url } of row.attachments) verdict.mark('lost', lostKey(sourceId, url));
  importInstead(verdict, read, thread, kept);
}

/** Identifies an attachment whose message is missing. */
function lostKey(sourceId: string, url: string): string {
  return `${sourceId}\n${url}`;
}

/** A record that can no longer be taken and is not in quarantine. The store may hold it as the message it once was. */
export function judgeRefused(
  verdict: MessageVerdict,
  record: QuarantinedRecord,
  kept: KeptRecord,
  standing: StandingMessage | null,
  since: NewSince,
): void {
  if (judgeKept(verdict, record, kept)) return;
  if (standing && `${standing.sourceThreadId}/${standing.sourceKey}` === record.sourceKey) {
    verdict.mark('message', standing.id);
    verdict.mark('refused-message', standing.id);
    verdict.refused();
    return verdict.name('messages', 'different', record.sourceId, record.sourceKey, [
      'cannot be taken any more',
    ]);
  }
  const [elsewhere] = kept.elsewhere;
  if (elsewhere) {
    verdict.refused();
    verdict.records.push(record);
    return verdict.name(KEPT_IN[elsewhere.kind], 'different', record.sourceId, record.sourceKey, ['brand']);
  }
  const fresh = isNew(record.rangeKey, since);
  if (!fresh) verdict.refused();
  verdict.name('quarantined_records', fresh ? 'new' : 'missing', record.sourceId, record.sourceKey);
  verdict.records.push(record);
}

function judgeCopy(
  verdict: MessageVerdict,
  read: ReadMessage,
  copy: NonNullable<KeptRecord['superseded']>,
  key: string,
): void {
  const { row } = read;
  const mark = verdict.mark('superseded', copy.id);
  // A copy that was quarantined before never counted in a digest.
  if (copy.digest === 0n) return verdict.took(0n, copy.attachments, copy.attachmentsDigest, mark);
  verdict.took(row.digest, row.attachments.length, row.attachmentsDigest, mark);
  if (copy.digest === row.digest && copy.attachmentsDigest === row.attachmentsDigest) return;
  verdict.name('superseded_copies', 'different', row.sourceId, key, ['contents']);
  verdict.rows.push(read);
  verdict.release.superseded.push(copy.id);
}

function importInstead(
  verdict: MessageVerdict,
  read: ReadMessage,
  thread: HeldMessage['thread'],
  kept: KeptRecord,
): void {
  const { row } = read;
  verdict.took(row.digest, row.attachments.length, row.attachmentsDigest);
  verdict.rows.push(read);
  verdict.releaseKept(kept);
  if (thread) verdict.mark('counts', thread.id);
}
