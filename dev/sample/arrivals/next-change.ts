import type { MessageItem, ThreadItem } from '../contract.js';
import type { OngoingThread, OngoingThreads } from '../generator/ongoing.js';
import { mix } from '../generator/random.js';
import { iso } from '../generator/times.js';
import { keyAttributes, keyOf, lastWrites, type Change, type ChangeKind, type Write } from './changes.js';

/** The sorts of changes, in turn: mostly messages, and each other sort early. */
const TURNS: readonly ChangeKind[] = [
  'message',
  'thread',
  'message',
  'edit',
  'message',
  'deletion',
  'message',
  'message',
  'message',
  'message',
];
/** People edit and delete what was sent lately. */
const LATELY = 5;

export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether people still reach the channel at Conversations, and not by its ported number. */
  readonly isReachable: (channelId: string) => boolean;
}

/**
 * The next change at Conversations after these. Deterministic, apart from its time: the same changes and the same reachable channels give the same
 * next one. Undefined if no channel is reachable.
 */
export function nextChange(
  ongoing: OngoingThreads,
  changes: readonly Change[],
  moment: Moment,
): Change | undefined {
  const turn = changes.length;
  const at = Math.max(moment.at, Date.parse(changes.at(-1)?.at ?? iso(0)) + 1);
  const begun = changes
    .filter(({ kind }) => kind === 'thread')
    .map((change, place) => ongoing.begin(place, Date.parse(change.at)));
  const open = [...ongoing.threads, ...begun].filter(({ thread }) => moment.isReachable(thread.channel_id));
  const wanted = TURNS[turn % TURNS.length];
  if (wanted === 'edit' || wanted === 'deletion') {
    const target = chosen(targetsIn(open, changes), turn);
    if (target) return wanted === 'edit' ? edited(target, turn, at) : deleted(target, at);
  }
  const fresh = wanted === 'thread' ? ongoing.begin(begun.length, at) : undefined;
  if (fresh && moment.isReachable(fresh.thread.channel_id)) return sent('thread', fresh, changes, at);
  const thread = chosen(open, turn);
  return thread && sent('message', thread, changes, at);
}

function chosen<T>(from: readonly T[], turn: number): T | undefined {
  return from[mix(80, turn) % from.length];
}

/** A message arrives, which reopens its thread. */
function sent(
  kind: 'message' | 'thread',
  ongoing: OngoingThread,
  changes: readonly Change[],
  at: number,
): Change {
  const { thread_id } = ongoing.thread;
  const before = changes.filter(
    (change) => change.thread_id === thread_id && (change.kind === 'message' || change.kind === 'thread'),
  );
  const message = ongoing.later(before.length, at);
  const thread: ThreadItem = { ...ongoing.thread, status: 'open', last_message_at: message.sent_at };
  return {
    kind,
    at: iso(at),
    thread_id,
    // No message is ever in a missing thread.
    writes: [put('threads', thread), put('messages', message)],
  };
}

interface Target {
  readonly message: MessageItem;
  readonly thread: OngoingThread;
}

/** Seeded texts that nobody has edited or deleted, the youngest first. */
function targetsIn(open: readonly OngoingThread[], changes: readonly Change[]): Target[] {
  const touched = lastWrites(changes).messages;
  return open
    .flatMap((thread) => thread.messages.map((message) => ({ message, thread })))
    .filter(({ message }) => message.kind === 'text' && (message.body ?? '') !== '')
    .filter(({ message }) => !touched.has(keyOf('messages', message)))
    .toSorted((a, b) => (a.message.message_key > b.message.message_key ? -1 : 1))
    .slice(0, LATELY);
}

function edited({ message, thread }: Target, turn: number, at: number): Change {
  const edit: MessageItem = {
    ...message,
    body: `${message.body} ${thread.correction(turn)}`,
    metadata: { ...message.metadata, edited_at: iso(at) },
  };
  return { kind: 'edit', at: iso(at), thread_id: message.thread_id, writes: [put('messages', edit)] };
}

function deleted({ message }: Target, at: number): Change {
  const remove = keyAttributes('messages', message);
  return {
    kind: 'deletion',
    at: iso(at),
    thread_id: message.thread_id,
    writes: [{ table: 'messages', remove }],
  };
}

const put = (table: Write['table'], record: MessageItem | ThreadItem): Write => ({ table, put: record });
