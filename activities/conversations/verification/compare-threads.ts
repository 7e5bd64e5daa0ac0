import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import { REFUSED } from '../../../domain/conversations/records/quarantine-reasons.js';
import { storable } from '../../../domain/engine/text.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import type { ThreadBatch } from '../../../gateways/store/conversations/import/batches.js';
import { findThreads } from '../../../gateways/store/conversations/import/batches.js';
import type { ReadThread } from '../../../gateways/store/conversations/import/threads.js';
import { WITH_STAGING } from '../../../gateways/store/conversations/import/staging-tables.js';
import { isRunning, writeThreadTurn } from '../../../gateways/store/conversations/verify/commit.js';
import { lookUpRecords } from '../../../gateways/store/conversations/verify/held-records.js';
import { lookUpThreads } from '../../../gateways/store/conversations/verify/held-threads.js';
import type { HeldThread } from '../../../gateways/store/conversations/verify/held-threads.js';
import { phaseOfTurn } from '../../../gateways/store/conversations/verify/turns.js';
import { patiently } from '../../engine/retries/patience.js';
import type { Target } from '../../engine/target.js';
import { together } from '../../engine/together.js';
import { mapThreads, withoutRefusedThreads } from '../import/import-threads.js';
import { textOf } from '../import/record-source.js';
import type { SourceRecord } from '../import/record-source.js';
import { unfollowedThreads } from '../import/unfollowed.js';
import { judgeRefusedThread, judgeThread } from './judge-threads.js';
import type { TurnContext } from './turn-context.js';
import { isNew, Verdict } from './verdict.js';

/** Compares a brand's threads with what the store holds of them. */
export function verifiedThreads(context: TurnContext): Target<SourceRecord> {
  const { pool, turn } = context;
  return together<SourceRecord, Compared>({
    pool,
    name: 'commit-turn',
    options: WITH_STAGING,
    phase: phaseOfTurn(turn),
    ...unfollowedThreads(context.brand, context.followedBefore),
    prepare: async (items, signal) => {
      const verdict = await judge(context, items, signal);
      const { rows: threads, records } = verdict;
      return {
        verdict,
        repair: context.turn.repair && threads.length + records.length > 0 ? { threads, records } : undefined,
      };
    },
    write: (tx, { verdict, repair }) => writeThreadTurn(tx, context, verdict, repair),
    withoutRefused: async ({ verdict, repair }) => ({
      verdict,
      repair: repair && (await withoutRefusedThreads(context, repair)),
    }),
    isWanted: (tx) => isRunning(tx, turn),
  });
}

interface Compared {
  readonly verdict: Verdict<ReadThread>;
  /** What to import again; undefined when the turn only compares or nothing needs repair. */
  readonly repair: ThreadBatch | undefined;
}

async function judge(
  context: TurnContext,
  read: readonly SourceRecord[],
  signal: AbortSignal,
): Promise<Verdict<ReadThread>> {
  const { pool, brand } = context;
  const { threads, records } = mapThreads(context, read);
  const expected = idsOfExpected(context, read);
  const verdict = new Verdict<ReadThread>();
  const held = await lookUpThreads(
    pool,
    brand.id,
    threads.map(({ row }) => row),
  );
  const unheld = threads.filter((_, at) => held[at]?.source?.brandId !== brand.id);
  const kept = await lookUpRecords(
    pool,
    brand,
    'threads',
    unheld.map(({ item }) => ({ record: quarantined('threads', item, REFUSED, brand.sourceId).record })),
  );
  verdict.markKeptElsewhere(kept);
  const keptOf = new Map(unheld.map((read, at) => [read, kept[at]]));
  const moved = await movedThreads(context, threads, held, signal);
  for (const [at, read] of threads.entries()) {
    const found = held[at];
    if (!found) continue;
    judgeThread(verdict, read, found, keptOf.get(read), {
      brandId: brand.id,
      isMoved: moved.has(read),
      isExpected: expected.has(read.row.sourceId),
      isNew: isNewThread(context, read.item as Item),
    });
  }
  const refused = await lookUpRecords(
    pool,
    brand,
    'threads',
    records.map((record) => ({ record })),
  );
  verdict.markKeptElsewhere(refused);
  const { threadIds: sources } = await findThreads(
    pool,
    brand.id,
    records.map(({ rangeKey }) => rangeKey),
  );
  for (const [at, record] of records.entries()) {
    const found = refused[at];
    if (!found) continue;
    judgeRefusedThread(verdict, record, found, {
      isSource: sources.has(record.rangeKey),
      isExpected: expected.has(record.rangeKey),
    });
  }
  return verdict;
}

/** The threads that another brand of the account holds but no longer has at the source. */
async function movedThreads(
  { source, brand, clock }: TurnContext,
  threads: readonly ReadThread[],
  held: readonly HeldThread[],
  signal: AbortSignal,
): Promise<ReadonlySet<ReadThread>> {
  const byHolder = new Map<string, ReadThread[]>();
  for (const [at, read] of threads.entries()) {
    const holder = held[at]?.source;
    if (!holder || holder.brandId === brand.id || holder.accountId !== brand.accountId) continue;
    byHolder.set(holder.brandSourceId, [...(byHolder.get(holder.brandSourceId) ?? []), read]);
  }
  const moved = new Set<ReadThread>();
  for (const [holder, reads] of byHolder) {
    const ids = reads.map(({ item }) => String((item as Item)['thread_id']));
    const there = await patiently(() => source.threadsUnder(holder, ids, signal), signal, clock);
    for (const [at, read] of reads.entries()) if (!there.has(ids[at] ?? '')) moved.add(read);
  }
  return moved;
}

/** Ids, as rows and quarantined records hold them, of threads that the import reads on their own rather than for a message. */
function idsOfExpected({ part, source }: TurnContext, read: readonly SourceRecord[]): ReadonlySet<string> {
  const expected = read.filter((record) => part === 'all' || source.isRecentThread(record));
  return new Set(expected.map((record) => storable(textOf(record, 'thread_id') ?? '')));
}

/** Keys of threads hold no time, so this relies on the record's own. A recent import also reads an old thread once it has recent messages. */
function isNewThread({ part, since }: TurnContext, item: Item): boolean {
  return isNew(item['created_at'], since) || (part === 'recent' && isNew(item['last_message_at'], since));
}
