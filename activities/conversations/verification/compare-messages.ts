import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import { NO_THREAD_RECORD } from '../../../domain/conversations/records/quarantine-reasons.js';
import { NONE_LOOKED_UP, refusalOfMessages } from '../../../gateways/store/conversations/import/batches.js';
import type { MessageBatch } from '../../../gateways/store/conversations/import/batches.js';
import type { ReadMessage } from '../../../gateways/store/conversations/import/read-message.js';
import { countingOf } from '../../../gateways/store/conversations/copies/counting.js';
import { isSmallerCopy, supersededHash } from '../../../gateways/store/conversations/copies/superseded.js';
import { WITH_STAGING } from '../../../gateways/store/conversations/import/staging-tables.js';
import { isRunning, writeMessageTurn } from '../../../gateways/store/conversations/verify/commit.js';
import { findAlike } from '../../../gateways/store/conversations/verify/alike-messages.js';
import { lookUpMessages } from '../../../gateways/store/conversations/verify/held-messages.js';
import type { HeldMessage } from '../../../gateways/store/conversations/verify/held-messages.js';
import { lookUpRecords, messagesWithIds } from '../../../gateways/store/conversations/verify/held-records.js';
import type { KeptRecord } from '../../../gateways/store/conversations/verify/held-records.js';
import { phaseOfTurn } from '../../../gateways/store/conversations/verify/turns.js';
import type { Target } from '../../engine/target.js';
import { together } from '../../engine/together.js';
import { mapMessages, resolveThreads, withoutRefused } from '../import/import-messages.js';
import type { MappedMessages } from '../import/import-messages.js';
import type { SourceRecord } from '../import/record-source.js';
import { unfollowedMessages } from '../import/unfollowed.js';
import { nameChanges } from './changes.js';
import { isHeld, judgeHeld, judgeRefused, judgeUnheld } from './judge-messages.js';
import type { ChangedMessage, MessageVerdict } from './judge-messages.js';
import type { TurnContext } from './turn-context.js';
import { Verdict } from './verdict.js';

/** Compares a brand's messages with what the store holds of them. */
export function verifiedMessages(context: TurnContext): Target<SourceRecord> {
  const { pool, turn } = context;
  return together<SourceRecord, Compared>({
    pool,
    name: 'commit-turn',
    options: WITH_STAGING,
    phase: phaseOfTurn(turn),
    ...unfollowedMessages(context.brand, context.followedBefore),
    prepare: async (items, signal) => {
      const verdict = await judge(context, mapMessages(context, items));
      await nameChanges(pool, verdict);
      return { verdict, repair: await repairOf(context, verdict, signal) };
    },
    write: (tx, { verdict, repair }) => writeMessageTurn(tx, context, verdict, repair),
    withoutRefused: async ({ verdict, repair }) => ({
      verdict,
      repair: repair && (await withoutRefused(context, repair)),
    }),
    isWanted: (tx) => isRunning(tx, turn),
  });
}

interface Compared {
  readonly verdict: MessageVerdict;
  /** What to import again; undefined when the turn only compares or nothing needs repair. */
  readonly repair: MessageBatch | undefined;
}

async function repairOf(
  context: TurnContext,
  { rows, records }: MessageVerdict,
  signal: AbortSignal,
): Promise<MessageBatch | undefined> {
  if (!context.turn.repair || rows.length + records.length === 0) return undefined;
  return { messages: rows, records, ...(await resolveThreads(context, rows, signal)) };
}

async function judge(context: TurnContext, { messages, records }: MappedMessages): Promise<MessageVerdict> {
  const { pool, brand, turn, since } = context;
  const verdict: MessageVerdict = Object.assign(new Verdict<ReadMessage>(), {
    changed: [] as ChangedMessage[],
  });
  const others = countingOf(brand).repeats ? messages : await judgeAlike(context, verdict, messages);
  const held = await lookUpMessages(
    pool,
    brand,
    turn,
    others.map(({ row }) => row),
  );
  const unheld: { read: ReadMessage; held: HeldMessage }[] = [];
  for (const [at, read] of others.entries()) {
    const found = held[at];
    if (!found) continue;
    if (isHeld(read, found, brand.accountId)) judgeHeld(verdict, read, found, brand.id);
    else unheld.push({ read, held: found });
  }
  await judgeOthers(context, verdict, unheld);
  const kept = await lookUpRecords(
    pool,
    brand,
    'messages',
    records.map((record) => ({ record })),
  );
  verdict.markKeptElsewhere(kept);
  const lost = records.filter((_, at) => !kept[at]?.quarantined && !kept[at]?.superseded);
  const standing = await messagesWithIds(
    pool,
    lost.flatMap(({ sourceId }) => sourceId ?? []),
  );
  for (const [at, record] of records.entries()) {
    const found = kept[at];
    if (found) judgeRefused(verdict, record, found, standing.get(record.sourceId ?? '') ?? null, since);
  }
  return verdict;
}

/** Finds the messages that are held as they were read, nearly all, for a whole page at once. Returns the others. */
async function judgeAlike(
  { pool, threadIds }: TurnContext,
  verdict: MessageVerdict,
  messages: readonly ReadMessage[],
): Promise<readonly ReadMessage[]> {
  const threads = await threadIds(messages.map(({ brief }) => brief.sourceThreadId));
  const alike = await findAlike(
    pool,
    messages.map(({ brief }) => ({ brief, threadId: threads.get(brief.sourceThreadId) })),
  );
  return messages.filter(({ brief }, at) => {
    const id = alike[at];
    if (id === undefined) return true;
    verdict.shown.push(id);
    verdict.took(brief.digest, brief.attachments.length, brief.attachmentsDigest);
    return false;
  });
}

async function judgeOthers(
  context: TurnContext,
  verdict: MessageVerdict,
  unheld: readonly { read: ReadMessage; held: HeldMessage }[],
): Promise<void> {
  const { pool, brand, since } = context;
  const sought = unheld.map(({ read }) => ({
    record: quarantined('messages', read.item, NO_THREAD_RECORD).record,
    copyHash: supersededHash(read.row),
  }));
  const kept = await lookUpRecords(pool, brand, 'messages', sought);
  verdict.markKeptElsewhere(kept);
  for (const [at, { read, held }] of unheld.entries()) {
    const found = kept[at];
    if (!found) continue;
    const mayStand = await isAcceptable(context, read, held, found);
    judgeUnheld(verdict, read, held, found, mayStand, { accountId: brand.accountId, since });
  }
}

/**
 * Asks PostgreSQL only about a copy that was quarantined before, since PostgreSQL may have refused it, and that could replace the held copy or a
 * missing one.
 */
async function isAcceptable(
  context: TurnContext,
  read: ReadMessage,
  { row: held, thread }: HeldMessage,
  { superseded }: KeptRecord,
): Promise<boolean> {
  const { pool, brand } = context;
  if (!thread || superseded?.digest !== 0n || (held && !isSmallerCopy(read.row, held))) return true;
  const batch: MessageBatch = {
    messages: [read],
    records: [],
    threadIds: new Map([[read.row.sourceThreadId, thread.id]]),
    applied: '0',
    lookedUp: NONE_LOOKED_UP,
  };
  return (await refusalOfMessages(pool, { brand, phase: context.phase }, batch)) === undefined;
}
