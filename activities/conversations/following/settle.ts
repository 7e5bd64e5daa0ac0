import type { Applied } from '../../../domain/conversations/following/hints.js';
import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import { storable } from '../../../domain/engine/text.js';
import { addWaiting } from '../../../gateways/store/conversations/following/waiting-hints.js';
import type { WaitingHint } from '../../../gateways/store/conversations/following/waiting-hints.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';
import type { Ground } from './ground.js';
import { recordChanges } from './record-changes.js';
import type { RefusedAmong } from './refused.js';
import { MessageSettling } from './settle-messages.js';
import { ThreadSettling } from './settle-threads.js';

export type HintedRecord = Omit<WaitingHint, 'brandId'>;

export interface Settled {
  readonly applied: Applied;
  /** This transaction has left waiting hints for the rest of its work. */
  readonly hasMore: boolean;
}

/**
 * Brings hinted records of a brand, and what depends on them, in line with the source. Runs in the caller's transaction, which holds the account's
 * lock exclusively.
 *
 * 1. Settle the hinted threads, which yields messages to look at.
 * 2. Gather the messages with all their copies, and settle the threads that they need and the store lacks, until both are complete.
 * 3. Place the messages.
 * 4. Record what has changed: tallies, counts of threads, removed records, and keys that imports must leave out.
 */
export async function settleRecords(
  ground: Ground,
  standing: Standing,
  hinted: readonly HintedRecord[],
  refusedAmong: RefusedAmong,
): Promise<Settled> {
  const threads = new ThreadSettling(ground, refusedAmong);
  const messages = new MessageSettling(ground, threads, refusedAmong);
  const hintedThreads = hinted.filter(({ table }) => table === 'threads');
  const wanted = hintedThreads.map(({ key }) => ({ standing, threadId: key.range }));
  const left = hintedThreads.flatMap(({ key: { range: threadId }, leftThread }) =>
    leftThread === undefined
      ? []
      : [{ standing, threadId, left: { sourceId: storable(threadId), threadId: leftThread } }],
  );
  let keys = keysOf(hinted, 'messages');
  let seeds = await threads.settle(wanted, left);
  for (;;) {
    await messages.gather(keys, seeds);
    const more = await messages.unsettledThreads();
    if (more.length === 0) break;
    seeds = await threads.settle(more);
    keys = [];
  }
  await messages.place();
  const waiting = [...threads.waiting, ...(await messages.waiting())];
  const applied = await recordChanges(ground, standing, {
    threads,
    messages,
    waiting,
    left: left.map((one) => one.left.threadId),
    hinted: { threads: keysOf(hinted, 'threads'), messages: keysOf(hinted, 'messages') },
  });
  await addWaiting(ground.tx, waiting);
  return { applied, hasMore: waiting.length > 0 };
}

function keysOf(hinted: readonly HintedRecord[], table: HintedRecord['table']): RecordKey[] {
  return hinted.flatMap((one) => (one.table === table ? [one.key] : []));
}
