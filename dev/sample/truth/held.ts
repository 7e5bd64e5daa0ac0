import type pg from 'pg';
import type { SampleAccount } from '../generator/account.js';
import { type TrueMessage, type Truth, truthOf } from '../truth.js';

/** A part of an account: as the store has it, and as it must become from the source's records. */
export interface Compared {
  readonly what: string;
  readonly found: unknown;
  readonly expected: unknown;
}

export type Readable = Pick<pg.Pool, 'query'>;

interface ThreadReading {
  brand: string;
  c1: string;
  c2: string;
  contact: string;
  status: string;
  sources: { id: string; kind: string }[];
  messageCount: number;
  lastMessageAt: number | null;
}

/**
 * Reads the store as any other program would, by the contract's columns alone, and compares all of it with what the source's records must become:
 * threads and their sources, messages and their order, contacts, quarantine. Nothing is lost, duplicated or invented if all pairs are equal.
 */
export async function* heldAgainstTruth(
  store: Readable,
  account: Pick<SampleAccount, 'payload' | 'threads' | 'messages'>,
): AsyncGenerator<Compared> {
  const truth = truthOf(account);
  const accountId = account.payload.account.account_id;
  yield* threads(truth, await readThreads(store, accountId));

  const messages = await readMessages(store, accountId);
  for (const thread of truth.threads) {
    const least = thread.sources.map(({ id }) => id).toSorted()[0] ?? '';
    const expected = thread.messages.map(
      ({ id, sentAt, direction, kind, author, body, telephony, metadata, original, attachments }) => ({
        ...{ id, sentAt, direction, kind, author, body, telephony, metadata, original },
        ...{ attachments: attachments.toSorted(), thread: least },
      }),
    );
    const found = (messages.get(least) ?? []).map(withoutOriginalMaps);
    yield { what: `messages of thread ${least}`, found, expected };
  }
  const held = [...messages.values()].reduce((sum, { length }) => sum + length, 0);
  yield { what: 'messages', found: held, expected: truth.messageIds.size };

  const contacts = await store.query<{ identity: string; name: string | null }>(
    `SELECT c.identity, c.name FROM contacts c JOIN accounts a ON a.id = c.account_id WHERE a.source_id = $1`,
    [accountId],
  );
  const named = new Map(contacts.rows.map(({ identity, name }) => [identity, name]));
  yield { what: 'contacts', found: named, expected: truth.contacts };

  const quarantined = await store.query<{ source_table: string; source_key: string }>(
    'SELECT source_table, source_key FROM quarantined_records WHERE account_source_id = $1',
    [accountId],
  );
  const keysOf = (table: string) =>
    quarantined.rows.filter((row) => row.source_table === table).map((row) => row.source_key);
  yield* keys(keysOf('messages'), [...truth.quarantinedMessages.values()], 'quarantined messages');
  yield* keys(keysOf('threads'), [...truth.quarantinedThreads.values()], 'quarantined threads');
  const distinct = held + keysOf('messages').length;
  yield { what: 'distinct messages', found: distinct, expected: truth.distinctMessages };
}

function* threads(truth: Truth, held: readonly ThreadReading[]): Generator<Compared> {
  yield { what: 'threads', found: held.length, expected: truth.threads.length };
  const bySource = new Map(held.flatMap((thread) => thread.sources.map(({ id }) => [id, thread] as const)));
  for (const { brand, c1, c2, status, sources, messageCount, lastMessageAt } of truth.threads)
    yield {
      what: `thread of ${sources[0]?.id}`,
      found: bySource.get(sources[0]?.id ?? ''),
      expected: {
        ...{ brand, c1, c2, contact: c2, status, messageCount, lastMessageAt },
        sources: sources.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      },
    };
}

function* keys(
  found: readonly string[],
  expected: readonly { readonly keys: ReadonlySet<string> }[],
  what: string,
): Generator<Compared> {
  const missing = expected
    .filter((each) => !found.some((key) => each.keys.has(key)))
    .map((each) => [...each.keys]);
  const extra = found.filter((key) => !expected.some((each) => each.keys.has(key)));
  yield { what, found: { missing, extra }, expected: { missing: [], extra: [] } };
  yield { what, found: found.length, expected: expected.length };
}

async function readThreads(store: Readable, accountId: string): Promise<ThreadReading[]> {
  const { rows } = await store.query<Record<string, never>>(
    `SELECT b.source_id AS brand, t.c1, t.c2, c.identity AS contact, t.status, t.message_count::int AS "messageCount",
            (extract(epoch FROM t.last_message_at) * 1000)::float8 AS "lastMessageAt",
            jsonb_agg(jsonb_build_object('id', s.source_id, 'kind', s.kind) ORDER BY s.source_id COLLATE "C") AS sources
     FROM message_threads t JOIN brands b ON b.id = t.brand_id JOIN accounts a ON a.id = b.account_id
     JOIN contacts c ON c.id = t.contact_id JOIN thread_sources s ON s.thread_id = t.id
     WHERE a.source_id = $1 GROUP BY t.id, b.source_id, c.identity`,
    [accountId],
  );
  return rows as unknown as ThreadReading[];
}

/** The contract says how exact texts are kept; how maps are is Carryover's own. */
function withoutOriginalMaps(message: MessageReading): MessageReading {
  const texts = Object.entries(message.original ?? {}).filter(
    ([name]) => name !== 'metadata' && name !== 'telephony',
  );
  return { ...message, original: texts.length === 0 ? null : Object.fromEntries(texts) };
}

type MessageReading = Pick<
  TrueMessage,
  | 'id'
  | 'sentAt'
  | 'direction'
  | 'kind'
  | 'author'
  | 'body'
  | 'telephony'
  | 'metadata'
  | 'original'
  | 'attachments'
> & { thread: string };

/** By thread, named by its smallest source; in the order that a person sees, with ties broken by id as in the truth. */
async function readMessages(store: Readable, accountId: string): Promise<Map<string, MessageReading[]>> {
  const { rows } = await store.query<MessageReading>(
    `SELECT m.source_id AS id, (extract(epoch FROM m.sent_at) * 1000)::float8 AS "sentAt", m.direction, m.kind, m.author,
            m.body, m.telephony, m.metadata, m.original,
            (SELECT min(s.source_id COLLATE "C") FROM thread_sources s WHERE s.thread_id = t.id) AS thread,
            coalesce((SELECT jsonb_agg(x.source_id ORDER BY x.source_id COLLATE "C") FROM attachments x
                      WHERE x.message_id = m.id), '[]') AS attachments
     FROM messages m JOIN message_threads t ON t.id = m.thread_id
     JOIN brands b ON b.id = t.brand_id JOIN accounts a ON a.id = b.account_id
     WHERE a.source_id = $1 ORDER BY m.sent_at, m.source_id COLLATE "C"`,
    [accountId],
  );
  const threads = new Map<string, MessageReading[]>();
  for (const row of rows) {
    const messages = threads.get(row.thread);
    if (messages === undefined) threads.set(row.thread, [row]);
    else messages.push(row);
  }
  return threads;
}
