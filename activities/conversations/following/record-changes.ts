import type { Applied } from '../../../domain/conversations/following/hints.js';
import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import { addToThreads, countAnew } from '../../../gateways/store/conversations/following/counts.js';
import { noteFollowed } from '../../../gateways/store/conversations/following/followed-keys.js';
import type { FollowedRecord } from '../../../gateways/store/conversations/following/followed-keys.js';
import { noteFollowing } from '../../../gateways/store/conversations/following/followings.js';
import { correctMessages, correctThreads } from '../../../gateways/store/conversations/following/ledger.js';
import type { MessageState } from '../../../gateways/store/conversations/following/message-states.js';
import { nameOf } from '../../../gateways/store/conversations/following/record-names.js';
import {
  forgetRemovedRecords,
  noteRemovedRecords,
} from '../../../gateways/store/conversations/following/removed-records.js';
import type { BrandRecord } from '../../../gateways/store/conversations/following/removed-records.js';
import { mayStillCome } from '../../../gateways/store/conversations/following/standing.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';
import { removeEmptied } from '../../../gateways/store/conversations/following/thread-changes.js';
import { findThreadStates } from '../../../gateways/store/conversations/following/thread-states.js';
import type { ThreadState } from '../../../gateways/store/conversations/following/thread-states.js';
import { markSettled } from '../../../gateways/store/conversations/following/verified.js';
import type { WaitingHint } from '../../../gateways/store/conversations/following/waiting-hints.js';
import { textOf } from './ground.js';
import type { Ground } from './ground.js';
import type { MessageSettling } from './settle-messages.js';
import type { ThreadSettling } from './settle-threads.js';
import { settledMessages, settledThreads } from './settled-records.js';
import type { Change, SettledRecord } from './settled-records.js';

export interface SettledParts {
  readonly threads: ThreadSettling;
  readonly messages: MessageSettling;
  readonly waiting: readonly WaitingHint[];
  /** Threads of the store whose messages were looked at. */
  readonly left: readonly string[];
  /** Of the brand. */
  readonly hinted: Readonly<Record<SourceTable, readonly RecordKey[]>>;
}

/** Records how settled records have changed. Counts additions and changes among the hinted ones, and all removals. */
export async function recordChanges(
  ground: Ground,
  standing: Standing,
  { threads, messages, waiting, left, hinted }: SettledParts,
): Promise<Applied> {
  const { tx } = ground;
  const judged = [...threads.judged.values()];
  const names = judged.map(({ standing: { brand }, threadId }) =>
    nameOf('threads', { hash: brand.sourceId, range: threadId }),
  );
  const ofThreads = { before: threads.before, after: await findThreadStates(tx, ground.account, names) };
  const ofMessages = { before: messages.before, after: await messages.after() };
  const brandOf = (id: string) => ground.brandById(id);
  await correctThreads(tx, brandOf, ofThreads.before, ofThreads.after);
  await correctMessages(tx, brandOf, ofMessages.before, ofMessages.after);
  await markSettled(tx, brandOf, [
    ...[...ofThreads.before, ...ofThreads.after],
    ...[...ofMessages.before, ...ofMessages.after],
  ]);
  await settleCounts(ground, ofThreads, ofMessages, left);

  const elsewhere = new Set(waiting.flatMap(({ table, key }) => (table === 'threads' ? [key.range] : [])));
  const asked = { brandId: standing.brand.id, keys: hinted.messages };
  const changedThreads = settledThreads(ground, judged, ofThreads, elsewhere);
  const changedMessages = await settledMessages(ground, [...messages.names.values()], ofMessages, asked);
  const all = [...changedThreads, ...changedMessages];
  await noteRemovedRecords(
    tx,
    await brandRecords(
      ground,
      all.filter(({ isRemoved }) => isRemoved),
    ),
  );
  await forgetRemovedRecords(
    tx,
    await brandRecords(
      ground,
      all.filter(({ isAdded }) => isAdded),
    ),
  );
  const isHinted = hintedAmong(hinted);
  const applied: Applied = {
    added: all.filter((record) => record.isAdded && isHinted(record)).length,
    changed: all.filter((record) => record.isChanged && isHinted(record)).length,
    removed: all.filter(({ isRemoved }) => isRemoved).length,
  };
  await noteAll(ground, standing, { applied, records: all, displaced: displacedIn(ofThreads) });
  return applied;
}

function hintedAmong(hinted: SettledParts['hinted']): (record: SettledRecord) => boolean {
  const threads = new Set(hinted.threads.map(({ range }) => range));
  const messages = new Set(hinted.messages.map(textOf));
  return ({ table, key }) => (table === 'threads' ? threads.has(key.range) : messages.has(textOf(key)));
}

/** Updates the threads' counts from their messages; removes empty threads and contacts without threads. */
async function settleCounts(
  { tx }: Ground,
  threads: Change<ThreadState>,
  messages: Change<MessageState>,
  left: readonly string[],
): Promise<void> {
  const changes = new Map<string, number>();
  const add = (states: readonly MessageState[], sign: number): void => {
    for (const { place, threadId } of states)
      if (place === 'held' && threadId !== null) changes.set(threadId, (changes.get(threadId) ?? 0) + sign);
  };
  add(messages.before, -1);
  add(messages.after, 1);
  const regrouped = new Set(
    movesOf(threads).flatMap(({ from, to }) => [from, ...(to === undefined ? [] : [to])]),
  );
  for (const threadId of regrouped) changes.delete(threadId);
  await addToThreads(tx, changes);
  await countAnew(tx, [...regrouped]);
  const sources = threads.before.flatMap(({ threadId }) => threadId ?? []);
  await removeEmptied(
    tx,
    [...new Set([...changes.keys(), ...sources, ...left])],
    threads.before.flatMap(({ contactId }) => contactId ?? []),
  );
}

/** Sources that have left their thread, for another one or for none. */
function movesOf({ before, after }: Change<ThreadState>) {
  const now = new Map(
    after.flatMap((state) => (state.threadId === null ? [] : [[state.sourceId, state.threadId]])),
  );
  return before.flatMap(({ sourceId, brandId, threadId }) => {
    const to = now.get(sourceId);
    return threadId === null || threadId === to ? [] : [{ brandId, from: threadId, to }];
  });
}

function displacedIn(threads: Change<ThreadState>): ReadonlySet<string> {
  return new Set(movesOf(threads).map(({ brandId }) => brandId));
}

/** A thread's key begins with its brand. */
async function brandRecords(ground: Ground, records: readonly SettledRecord[]): Promise<BrandRecord[]> {
  const found: BrandRecord[] = [];
  for (const { table, key, brandsBefore, brands } of records)
    for (const brandId of new Set(brandsBefore.length > 0 ? brandsBefore : brands)) {
      const sourceId = (await ground.brandById(brandId))?.brand.sourceId;
      if (sourceId === undefined) continue;
      const name = nameOf(table, table === 'threads' ? { hash: sourceId, range: key.range } : key);
      found.push({ brandId, table, name });
    }
  return found;
}

/** Numbers the transaction for each brand that it concerns, and records the keys that imports must leave out. */
async function noteAll(
  ground: Ground,
  { brand }: Standing,
  done: {
    readonly applied: Applied;
    readonly records: readonly SettledRecord[];
    readonly displaced: ReadonlySet<string>;
  },
): Promise<void> {
  const nothing = { added: 0, changed: 0, removed: 0 };
  const brandIds = new Set([brand.id, ...done.records.flatMap(({ brands }) => [...brands])]);
  const ours = (await Promise.all([...brandIds].map((id) => ground.brandById(id)))).filter(
    (one) => one !== undefined,
  );
  const numbers = await noteFollowing(
    ground.tx,
    ours.map(({ brand: { id } }) => ({
      brandId: id,
      applied: id === brand.id ? done.applied : nothing,
      displaced: done.displaced.has(id),
    })),
  );
  const followed: FollowedRecord[] = [];
  for (const { table, key, brands } of done.records)
    for (const standing of ours) {
      const applied = numbers.get(standing.brand.id);
      if (applied === undefined || !brands.has(standing.brand.id)) continue;
      if (mayStillCome(standing, table, key.range))
        followed.push({ brandId: standing.brand.id, table, key, applied });
    }
  await noteFollowed(ground.tx, followed);
}
