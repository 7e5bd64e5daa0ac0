import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ImportWorld } from '../import/import-world.js';
import { type LooseItem, messageItem, threadItem } from '../import/source-items.js';
import { Verifier } from './verification-world.js';

const BRANDS = ['br_1_1', 'br_1_2', 'br_1_3'] as const;
const [RECENT, OLD] = [Date.UTC(2026, 9, 2), Date.UTC(2025, 2, 1)];

interface Message {
  readonly recent: boolean;
  readonly files: number;
  /** Messages with the same number are copies of one message. */
  readonly copyOf: number | null;
}

interface Conversation {
  /** The brand that has it at first. */
  readonly brand: number;
  readonly phone: boolean;
  readonly messages: readonly Message[];
}

/** Conversations moves a conversation to a brand: the thread and, if `whole`, its messages at once, otherwise after the next step. */
interface Move {
  readonly conversation: number;
  readonly to: number;
  readonly whole: boolean;
}

const CONVERSATIONS = 4;
const brand = fc.nat(BRANDS.length - 1);
const message = fc.record<Message>({
  recent: fc.boolean(),
  files: fc.nat(2),
  copyOf: fc.option(fc.nat(2), { freq: 2 }),
});
const conversation = fc.record<Conversation>({
  brand,
  phone: fc.boolean(),
  messages: fc.array(message, { minLength: 1, maxLength: 4 }),
});
const move = fc.record<Move>({
  conversation: fc.nat(CONVERSATIONS - 1),
  to: brand,
  whole: fc.boolean(),
});
/** Before each step of the import: each phase of each brand, its reading and its check. */
const moves = fc.array(fc.option(move, { freq: 2 }), { minLength: 12, maxLength: 12 });

class Source {
  readonly #brands: number[];
  #left: (() => Promise<void>) | undefined;

  constructor(
    private readonly world: ImportWorld,
    private readonly conversations: readonly Conversation[],
  ) {
    this.#brands = conversations.map(({ brand: first }) => first);
  }

  async fill(): Promise<void> {
    for (const [at] of this.conversations.entries()) {
      await this.world.put('threads', [this.#thread(at)]);
      await this.world.put('messages', this.#messages(at));
    }
  }

  async move({ conversation: at, to, whole }: Move): Promise<void> {
    await this.settle();
    if (this.#brands[at] === to) return;
    const thread = this.#thread(at);
    this.#brands[at] = to;
    await this.world.move(thread, [], BRANDS[to] ?? '');
    this.#left = () => this.world.put('messages', this.#messages(at));
    if (whole) await this.settle();
  }

  /** Messages follow a thread that was moved before. */
  async settle(): Promise<void> {
    await this.#left?.();
    this.#left = undefined;
  }

  /** Where each message's record is: the copy with the smallest key stands, the others are superseded. */
  places() {
    const records = this.conversations
      .flatMap((_, at) => this.#messages(at))
      .map((item) => ({
        source_id: String(item['message_id']),
        source_key: String(item['message_key']),
        source_thread_id: String(item['thread_id']),
        brand: String(item['brand_id']),
        attachments: (item['attachments'] as unknown[]).length,
      }))
      .toSorted(
        (a, b) => compare(a.source_key, b.source_key) || compare(a.source_thread_id, b.source_thread_id),
      );
    const standing = new Map(records.toReversed().map((record) => [record.source_id, record]));
    const superseded = records.filter((record) => standing.get(record.source_id) !== record);
    return {
      messages: [...standing.values()].toSorted((a, b) => compare(a.source_id, b.source_id)),
      superseded: superseded
        .map(({ brand: of, source_thread_id, source_key }) => `${of} ${source_thread_id}/${source_key}`)
        .toSorted(compare),
    };
  }

  #brandOf(at: number): string {
    return BRANDS[this.#brands[at] ?? 0] ?? '';
  }

  #thread(at: number): LooseItem {
    const phone = this.conversations[at]?.phone
      ? { kind: 'sms', c1: '+15550001111', c2: '+15550002222' }
      : {};
    return threadItem(this.#brandOf(at), `thr_${at}`, phone);
  }

  #messages(at: number): LooseItem[] {
    return (this.conversations[at]?.messages ?? []).map(({ recent, files, copyOf }, n) => {
      const id = copyOf === null ? `msg_${at}_${n}` : `copied_${copyOf}`;
      const time = new Date((recent ? RECENT : OLD) + n * 3_600_000).toISOString();
      return messageItem(this.#brandOf(at), `thr_${at}`, id, time, {
        body: `of thr_${at}`,
        attachments: Array.from({ length: files }, (_, file) => ({
          attachment_id: `file_${at}_${n}_${file}`,
          url: `http://files.example/${at}/${n}/${file}`,
        })),
      });
    });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A record that was held in one brand, superseded in a second, and is held again in a third. */
const FOUND: [Conversation[], (Move | null)[], (typeof BRANDS)[number][]][] = [
  [
    [
      { brand: 0, phone: true, messages: [{ recent: true, files: 0, copyOf: 1 }] },
      {
        brand: 0,
        phone: true,
        messages: [
          { recent: true, files: 2, copyOf: null },
          { recent: false, files: 1, copyOf: 0 },
        ],
      },
      {
        brand: 0,
        phone: false,
        messages: [
          { recent: true, files: 2, copyOf: 0 },
          { recent: true, files: 2, copyOf: null },
          { recent: true, files: 2, copyOf: 1 },
        ],
      },
      { brand: 0, phone: false, messages: [{ recent: true, files: 2, copyOf: null }] },
    ],
    [
      { conversation: 0, to: 1, whole: false },
      null,
      null,
      { conversation: 1, to: 0, whole: false },
      null,
      null,
      { conversation: 0, to: 0, whole: true },
      null,
      { conversation: 3, to: 0, whole: true },
      { conversation: 0, to: 1, whole: true },
      { conversation: 2, to: 1, whole: false },
      { conversation: 0, to: 2, whole: false },
    ],
    ['br_1_3', 'br_1_2', 'br_1_1'],
  ],
];

test('no check fails and a repair ends equal, wherever conversations move during the import', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(conversation, { minLength: CONVERSATIONS, maxLength: CONVERSATIONS }),
      moves,
      fc.shuffledSubarray([...BRANDS], { minLength: BRANDS.length }),
      async (conversations, between, order) => {
        const world = await ImportWorld.open();
        const verifier = new Verifier(world);
        try {
          await world.account('acc_1', ...BRANDS);
          const source = new Source(world, conversations);
          await source.fill();
          const due = [...between];
          const changing = async (): Promise<void> => {
            const next = due.shift();
            await (next ? source.move(next) : source.settle());
          };
          for (const phase of ['recent', 'remaining'] as const) {
            for (const brandId of BRANDS) {
              await changing();
              await world.importPhase(brandId, phase);
              await changing();
              await world.complete(brandId, phase);
            }
          }
          await source.settle();
          await verifier.verify(order, true);
          expect(await verifier.findings('acc_1', 2)).toEqual([]);
          expect(await verifier.verify(order)).toBe('equal');
          const { messages, superseded, quarantined } = await world.contents();
          expect(quarantined).toEqual([]);
          expect({
            messages: messages.map(({ source_id, source_key, source_thread_id, brand: of, attachments }) => ({
              ...{ source_id, source_key, source_thread_id, brand: of },
              attachments: ((attachments as unknown[] | null) ?? []).length,
            })),
            superseded: superseded
              .map((row) => [row['brand'], row['source_key']].join(' '))
              .toSorted(compare),
          }).toEqual(source.places());
        } finally {
          await world.close();
        }
      },
    ),
    { numRuns: 5 + FOUND.length, endOnFailure: true, examples: FOUND },
  );
});
