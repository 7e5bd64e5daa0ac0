import type { CountryCode } from 'libphonenumber-js';
import type { LooseItem } from './contract.js';
import type { SampleAccount } from './generator/account.js';
import {
  isPhoneKind,
  judgeMessage,
  judgeThread,
  timeOf,
  type TakenMessage,
  type TakenThread,
} from './truth/judge.js';

export interface TrueMessage extends TakenMessage {
  /** The key of the winning record. */
  messageKey: string;
  /** The `thread_id` of its source thread. */
  threadSource: string;
}

export interface TrueThread {
  brand: string;
  /** E.164 for phone threads. */
  c1: string;
  c2: string;
  status: string;
  /** By `thread_id`. */
  sources: { id: string; kind: string }[];
  /** By `sent_at`, then by `message_id`: the contract orders by time alone. */
  messages: TrueMessage[];
  messageCount: number;
  /** Milliseconds since 1970; null without messages. */
  lastMessageAt: number | null;
}

export interface TrueQuarantine {
  /** The keys (hash and range joined by `/`) that may identify the record: several for a duplicated message. */
  keys: Set<string>;
  reason: string;
}

/** What the store must hold once all messages of an account are migrated. */
export interface Truth {
  /** By brand, C1, C2, first source. */
  threads: TrueThread[];
  /** Contact identity → name. */
  contacts: Map<string, string | null>;
  messageIds: Set<string>;
  /** By key. */
  quarantinedThreads: Map<string, TrueQuarantine>;
  /** By `message_id`, by key where there is none or the record is another account's. */
  quarantinedMessages: Map<string, TrueQuarantine>;
  /** Distinct source messages: rows in `messages` and quarantined ones together. */
  distinctMessages: number;
}

interface Candidate {
  item: LooseItem;
  key: string;
  verdict: { taken: TakenMessage; source: TakenThread } | { refused: string };
}

/**
 * Computes from an account's records, in memory and in the simplest way, what the store must hold.
 *
 * 1. Each thread record of the payload's brands is taken or refused; taken ones of sms and void with the same brand
 *    and numbers become one thread.
 * 2. Each message record is taken if it is whole, of this account, and its thread record is taken.
 * 3. Records with the same `message_id` are one message: of those that can be taken the one with the smallest key,
 *    then the smallest `thread_id`, wins; if none can, the message is quarantined.
 * 4. Threads get their messages by time, their status and counts; contacts their names.
 */
export function truthOf(account: Pick<SampleAccount, 'payload' | 'threads' | 'messages'>): Truth {
  const { account: profile, brands } = account.payload;
  const ours = new Set(brands.map((brand) => brand.brand_id));
  const region = profile.locale.split('-')[1] as CountryCode | undefined;
  const quarantinedThreads = new Map<string, TrueQuarantine>();
  const sources = new Map<string, TakenThread>();
  for (const item of account.threads()) {
    if (!ours.has(String(item['brand_id']))) continue;
    const key = `${String(item['brand_id'])}/${String(item['thread_id'])}`;
    const verdict = judgeThread(item, profile.account_id, region);
    if ('taken' in verdict) sources.set(key, verdict.taken);
    else quarantinedThreads.set(key, { keys: new Set([key]), reason: verdict.refused });
  }

  const groups = new Map<string, Candidate[]>();
  for (const item of account.messages()) {
    if (!ours.has(String(item['brand_id']))) continue;
    const key = `${String(item['thread_id'])}/${String(item['message_key'])}`;
    const source = sources.get(`${String(item['brand_id'])}/${String(item['thread_id'])}`);
    const judged = judgeMessage(item, profile.account_id);
    const verdict: Candidate['verdict'] =
      'refused' in judged ? judged : source === undefined ? { refused: 'thread' } : { ...judged, source };
    const id = item['message_id'];
    const isForeign = 'refused' in verdict && verdict.refused === 'account_id';
    const name = typeof id === 'string' && !isForeign ? id : key;
    groups.set(name, [...(groups.get(name) ?? []), { item, key, verdict }]);
  }

  const threads = mergeThreads([...sources.values()]);
  const quarantinedMessages = new Map<string, TrueQuarantine>();
  const messageIds = new Set<string>();
  for (const [name, candidates] of groups) {
    candidates.sort(bySmallestKey);
    const winner = candidates.find((each) => 'taken' in each.verdict);
    if (winner === undefined || 'refused' in winner.verdict) {
      const [first] = candidates;
      const reason = first !== undefined && 'refused' in first.verdict ? first.verdict.refused : '';
      quarantinedMessages.set(name, { keys: new Set(candidates.map((each) => each.key)), reason });
      continue;
    }
    const { taken, source } = winner.verdict;
    messageIds.add(taken.id);
    threads.get(mergeKey(source))?.messages.push({
      ...taken,
      messageKey: String(winner.item['message_key']),
      threadSource: source.id,
    });
  }
  for (const thread of threads.values()) settle(thread);
  return {
    threads: [...threads.values()].sort((a, b) => compare(sortKey(a), sortKey(b))),
    contacts: nameContacts([...sources.values()]),
    messageIds,
    quarantinedThreads,
    quarantinedMessages,
    distinctMessages: groups.size,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sortKey = (thread: TrueThread) =>
  [thread.brand, thread.c1, thread.c2, thread.sources[0]?.id].join('\n');

function bySmallestKey(a: Candidate, b: Candidate): number {
  return (
    compare(String(a.item['message_key']), String(b.item['message_key'])) ||
    compare(String(a.item['thread_id']), String(b.item['thread_id']))
  );
}

function mergeKey(source: TakenThread): string {
  return isPhoneKind(source.kind)
    ? [source.brand, source.c1, source.c2].join('\n')
    : [source.brand, source.id].join('\n');
}

function mergeThreads(sources: TakenThread[]): Map<string, TrueThread> {
  const threads = new Map<string, TrueThread>();
  for (const source of sources) {
    const { brand, c1, c2, status, id, kind } = source;
    const known = threads.get(mergeKey(source));
    if (known === undefined) {
      threads.set(mergeKey(source), { brand, c1, c2, status, sources: [{ id, kind }], messages: [], messageCount: 0, lastMessageAt: null }); // prettier-ignore
    } else {
      known.sources.push({ id, kind });
      known.status =
        ['open', 'closed', 'archived'].find((each) => each === known.status || each === status) ?? status;
    }
  }
  return threads;
}

function settle(thread: TrueThread): void {
  thread.sources.sort((a, b) => compare(a.id, b.id));
  thread.messages.sort((a, b) => a.sentAt - b.sentAt || compare(a.id, b.id));
  thread.messageCount = thread.messages.length;
  thread.lastMessageAt = thread.messages.at(-1)?.sentAt ?? null;
}

/** A contact's name comes from its source thread with the latest `last_message_at` that has one. */
function nameContacts(sources: TakenThread[]): Map<string, string | null> {
  const names = new Map<string, string | null>();
  const since = new Map<string, number>();
  for (const source of sources) {
    if (!names.has(source.c2)) names.set(source.c2, null);
    const at = timeOf(source.lastMessageAt) ?? Number.NEGATIVE_INFINITY;
    if (source.name === null || at < (since.get(source.c2) ?? Number.NEGATIVE_INFINITY)) continue;
    names.set(source.c2, source.name);
    since.set(source.c2, at);
  }
  return names;
}
