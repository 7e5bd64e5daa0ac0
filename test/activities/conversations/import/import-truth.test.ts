import { afterEach, describe, expect, test } from 'vitest';
import { ImportWorld, RECENT_SINCE } from './import-world.js';
import { type LooseItem, messageItem, threadItem } from './source-items.js';

let world: ImportWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

describe.each([1, 2, 3])('a dirty account out of seed %i', (seed) => {
  test('ends in the store as the contract says, with any slices and lanes', async () => {
    const account = dirtyAccount(seed);
    world = await ImportWorld.open({ pageRecords: 15 });
    await world.account('acc_1', ...BRANDS);
    await world.put('threads', account.threads.map(itemOf));
    await world.put('messages', account.messages.map(itemOf));

    for (const phase of ['recent', 'remaining'] as const) {
      for (const brand of BRANDS) {
        const options = { pieceRecords: 30, slicesAtOnce: 1 + seed * 3, moreLanesFrom: 1e9 };
        await Promise.all([
          world.importPhase(brand, phase, options),
          world.importPhase(brand, phase, { ...options, slicesAtOnce: 2 }),
        ]);
        await world.complete(brand, phase);
      }
    }

    const truth = truthOf(account);
    const contents = await world.contents();
    expect(
      contents.messages.map((row) => [
        row['source_id'],
        row['brand'],
        row['source_thread_id'],
        row['source_key'],
      ]),
    ).toEqual(truth.messages);
    expect(
      contents.threads.map((row) => [
        row['brand'],
        row['pair_key'],
        row['status'],
        row['name'],
        Number(row['message_count']),
      ]),
    ).toEqual(truth.threads);
    const quarantined = contents.quarantined.filter((row) => row['source_table'] === 'messages');
    expect(quarantined.map((row) => row['source_key'])).toEqual(truth.quarantined);
    const cuts = await world.query('SELECT count(*)::integer AS slices FROM carryover.work');
    expect(cuts[0]?.['slices']).toBeGreaterThan(12);
  });
});

const BRANDS = ['br_1_1', 'br_1_2'];
const STATUSES = ['open', 'closed', 'archived'] as const;

/** A record's facts, apart from the item in the table: the truth is computed from these alone. */
interface Thread {
  brand: string;
  id: string;
  pair: string | undefined;
  phone: string;
  name: string | undefined;
  status: (typeof STATUSES)[number];
  last: string;
  flaw: 'none' | 'no kind' | 'foreign' | 'not there';
}

interface Message {
  brand: string;
  thread: string;
  key: string;
  id: string;
  flaw: 'none' | 'no direction' | 'foreign';
}

interface Account {
  threads: (Thread & { item: LooseItem })[];
  messages: (Message & { item: LooseItem })[];
}

function itemOf(record: { item: LooseItem }): LooseItem {
  return record.item;
}

function dirtyAccount(seed: number): Account {
  const random = randomOf(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const at = () => new Date(Date.UTC(2026, 10, 20) - Math.floor(random() * 100 * 864e5)).toISOString();
  const threads: Account['threads'] = [];
  const messages: Account['messages'] = [];
  for (const brand of BRANDS) {
    for (let n = 0; n < 60; n += 1) {
      const id = `thr_${brand}_${String(n).padStart(3, '0')}`;
      const isPhone = random() < 0.5;
      const phone = `+1555000${String(1000 + Math.floor(random() * 15))}`;
      const thread: Thread = {
        brand,
        id,
        pair: isPhone ? phone : undefined,
        phone,
        name: random() < 0.6 ? `Name ${Math.floor(random() * 1000)}` : undefined,
        status: pick(STATUSES),
        last: at(),
        flaw: pick([
          'none',
          'none',
          'none',
          'none',
          'none',
          'none',
          'none',
          'no kind',
          'foreign',
          'not there',
        ]),
      };
      const item = threadItem(brand, id, {
        kind: isPhone ? pick(['sms', 'void']) : 'chat',
        ...(isPhone ? { c1: pick(['+15550009999', '(555) 000-9999']), c2: phone } : {}),
        ...(thread.name === undefined ? {} : { c2_name: thread.name }),
        status: thread.status,
        last_message_at: thread.last,
        ...(thread.flaw === 'no kind' ? { kind: 'pigeon' } : {}),
        ...(thread.flaw === 'foreign' ? { account_id: 'acc_9' } : {}),
      });
      if (thread.flaw !== 'not there') threads.push({ ...thread, item });
    }
  }
  const records = new Map<string, Message & { item: LooseItem }>();
  for (let n = 0; n < 700; n += 1) {
    const id = `msg_${Math.floor(random() * 500)}`;
    const brand = pick(BRANDS);
    const thread = `thr_${brand}_${String(Math.floor(random() * 60)).padStart(3, '0')}`;
    // Some copies have the same key in two threads.
    const time = random() < 0.3 ? `2026-10-${10 + (n % 5)}T00:00:00.000Z` : at();
    const flaw = pick(['none', 'none', 'none', 'none', 'no direction', 'foreign'] as const);
    const attachments = [
      { attachment_id: 'a1', url: `http://files.example/${n}`, content_type: 'image/png' },
    ];
    const item = messageItem(brand, thread, id, time, {
      ...(n % 4 === 0 ? { attachments } : {}),
      ...(flaw === 'no direction' ? { direction: 'up' } : {}),
      ...(flaw === 'foreign' ? { account_id: 'acc_9' } : {}),
    });
    const key = String(item['message_key']);
    records.set(`${thread}/${key}`, { brand, thread, key, id, flaw, item });
  }
  messages.push(...records.values());
  return { threads, messages };
}

/** Computed from the contract, record by record, in the simplest way. */
function truthOf({ threads, messages }: Account) {
  const good = new Map(
    threads.filter((thread) => thread.flaw === 'none').map((thread) => [thread.id, thread]),
  );
  const byId = grouped(messages, (message) => message.id);
  const taken: Message[] = [];
  const quarantined: string[] = [];
  for (const copies of byId.values()) {
    const smallest = (some: Message[]) =>
      some.toSorted((a, b) => (a.key === b.key ? (a.thread < b.thread ? -1 : 1) : a.key < b.key ? -1 : 1))[0];
    const winner = smallest(copies.filter((copy) => copy.flaw === 'none' && good.has(copy.thread)));
    const left = winner ? undefined : smallest(copies);
    if (winner) taken.push(winner);
    if (left) quarantined.push(`${left.thread}/${left.key}`);
  }
  const keyOf = (thread: Thread) =>
    thread.pair === undefined ? `thread:${thread.id}` : JSON.stringify(['+15550009999', thread.pair]);
  const merged = grouped([...good.values()], (thread) => `${thread.brand} ${keyOf(thread)}`);
  const namesOf = grouped(
    [...good.values()].filter((thread) => thread.name !== undefined),
    (thread) => thread.pair ?? thread.id,
  );
  const nameOf = (thread: Thread) =>
    (namesOf.get(thread.pair ?? thread.id) ?? []).toSorted((a, b) =>
      a.last === b.last ? (a.id < b.id ? -1 : 1) : a.last > b.last ? -1 : 1,
    )[0]?.name ?? null;
  return {
    messages: taken
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map((message) => [message.id, message.brand, message.thread, message.key]),
    quarantined: quarantined.toSorted((a, b) => (a < b ? -1 : 1)),
    threads: [...merged.values()]
      .map((sources) => {
        const [first] = sources as unknown as [Thread];
        const status = STATUSES.find((word) => sources.some((source) => source.status === word));
        const ids = new Set(sources.map((source) => source.id));
        const count = taken.filter((message) => ids.has(message.thread)).length;
        return [first.brand, keyOf(first), status, nameOf(first), count] as const;
      })
      .toSorted((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1)),
  };
}

function grouped<T>(values: readonly T[], by: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(by(value), [...(groups.get(by(value)) ?? []), value]);
  return groups;
}

function randomOf(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('the boundary lies within the times of these accounts', () => {
  const times = dirtyAccount(1).messages.map((message) => message.key);
  expect(times.some((key) => key >= RECENT_SINCE)).toBe(true);
  expect(times.some((key) => key < RECENT_SINCE)).toBe(true);
});
