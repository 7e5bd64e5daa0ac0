import fc from 'fast-check';
import { type LooseItem, messageItem, threadItem } from '../import/source-items.js';
import type { FollowedWorld } from './following-world.js';

export const BRANDS = ['br_1_1', 'br_1_2'] as const;

/** All threads that may exist: two phone threads of one pair, which may be split, and two chats. */
const THREADS = ['thr_0', 'thr_1', 'thr_2', 'thr_3'] as const;
const PHONES = 2;
/** All messages that may exist: their threads, times and ids. Some are copies of each other. */
const MESSAGES = [
  [0, '2026-10-05', 'msg_0'],
  [0, '2025-03-01', 'msg_1'],
  [1, '2026-10-06', 'msg_2'],
  [1, '2026-10-07', 'msg_0'],
  [2, '2026-10-04', 'msg_3'],
  [2, '2025-03-02', 'msg_0'],
  [2, '2026-10-05', 'msg_0'],
  [3, '2025-03-03', 'msg_4'],
  [3, '2026-10-08', 'msg_3'],
] as const;

/** The parts of a record that may vary; each number is another version. */
interface Version {
  readonly brand: number;
  readonly look: number;
}

export type Change =
  | { readonly kind: 'message'; readonly n: number; readonly to: Version | null }
  | { readonly kind: 'thread'; readonly n: number; readonly to: Version | null }
  /** The thread with all its messages. */
  | { readonly kind: 'move'; readonly n: number; readonly brand: number };

const version = fc.record<Version>({ brand: fc.nat(BRANDS.length - 1), look: fc.nat(5) });
const versionOrNone = fc.option(version, { freq: 2 });
export const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      n: fc.nat(MESSAGES.length - 1),
      to: versionOrNone,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('thread' as const),
      n: fc.nat(THREADS.length - 1),
      to: versionOrNone,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      n: fc.nat(THREADS.length - 1),
      brand: fc.nat(BRANDS.length - 1),
    }),
  },
);

/** The initial records of the source. */
export const beginning = fc.record({
  threads: fc.tuple(...THREADS.map(() => fc.option(version, { freq: 4 }))),
  messages: fc.tuple(...MESSAGES.map(() => fc.option(version, { freq: 4 }))),
});

/** A source whose records are added, changed, moved and removed. */
export class ChangingSource {
  readonly #threads: (LooseItem | undefined)[] = THREADS.map(() => undefined);
  readonly #messages: (LooseItem | undefined)[] = MESSAGES.map(() => undefined);

  /**
   * @param keepsIds false: a record's id may change under its key. A repair that reads such a quarantined record before its hint writes the new id,
   * and then nothing leads to the copies of the old one.
   */
  constructor(
    private readonly followed: FollowedWorld,
    private readonly keepsIds: boolean,
  ) {}

  async begin(at: {
    readonly threads: readonly (Version | null)[];
    readonly messages: readonly (Version | null)[];
  }) {
    for (const [n, to] of at.threads.entries()) await this.make({ kind: 'thread', n, to });
    for (const [n, to] of at.messages.entries()) await this.make({ kind: 'message', n, to });
  }

  async make(what: Change): Promise<void> {
    if (what.kind === 'message')
      return this.#replace(
        'messages',
        this.#messages,
        what.n,
        what.to && messageOf(what.n, what.to, this.keepsIds),
      );
    if (what.kind === 'thread')
      return this.#replace('threads', this.#threads, what.n, what.to && threadOf(what.n, what.to));
    const brandId = BRANDS[what.brand];
    const { [what.n]: thread } = this.#threads;
    if (thread) await this.#replace('threads', this.#threads, what.n, { ...thread, brand_id: brandId });
    for (const [n, message] of this.#messages.entries())
      if (message?.['thread_id'] === THREADS[what.n])
        await this.#replace('messages', this.#messages, n, { ...message, brand_id: brandId });
  }

  async #replace(
    table: 'threads' | 'messages',
    records: (LooseItem | undefined)[],
    n: number,
    to: LooseItem | null,
  ): Promise<void> {
    const { [n]: before } = records;
    records[n] = to ?? undefined;
    if (to) await this.followed.put(table, to);
    if (!before) return;
    // A thread's key begins with its brand. For a message the stream shows both brands.
    const isMoved = to !== null && before['brand_id'] !== to['brand_id'];
    if (to === null || (isMoved && table === 'threads')) await this.followed.remove(table, before);
    else if (isMoved) this.followed.noteChange(table, before);
  }
}

function threadOf(n: number, { brand, look }: Version): LooseItem {
  const brandId = BRANDS[brand] ?? '';
  const phone = n < PHONES ? { kind: 'sms', c1: '+15550001111', c2: '+15550002222' } : {};
  const looks: LooseItem[] = [
    { c2_name: `Ann ${n}`, last_message_at: `2026-11-0${1 + n}T00:00:00.000Z` },
    { status: 'closed' },
    { c2_name: 'Bob', last_message_at: `2026-09-0${1 + n}T00:00:00.000Z` },
    n < PHONES ? { c2: '+15550003333', c2_name: 'Eve' } : { c2: 'somebody' },
    { kind: 'pigeon' },
    { account_id: 'acc_9' },
  ];
  return threadItem(brandId, THREADS[n] ?? '', { ...phone, ...looks[look] });
}

function messageOf(n: number, { brand, look }: Version, keepsIds: boolean): LooseItem {
  const [thread, day, id] = MESSAGES[n] ?? MESSAGES[0];
  const file = { attachment_id: 'f', url: `http://files.example/${n}`, content_type: 'image/png' };
  const looks: LooseItem[] = [
    { body: `first ${n}` },
    { body: `second ${n}`, attachments: [file] },
    {
      body: `first ${n}`,
      attachments: [
        { ...file, url: 'http://files.example/other' },
        { ...file, attachment_id: 'g' },
      ],
    },
    { direction: 'sideways' },
    { account_id: 'acc_9' },
    // The id changes under the same key.
    keepsIds ? {} : { message_id: 'msg_9' },
  ];
  return messageItem(BRANDS[brand] ?? '', THREADS[thread] ?? '', id, `${day}T00:00:00.000Z`, {
    message_key: `${day}T00:00:00.000Z#${id}`,
    ...looks[look],
  });
}
