import type { MessageItem, ThreadItem } from '../contract.js';
import { laterMessage, threadMessages, type ThreadContext } from './messages.js';
import { threadSeed, type ThreadPlan } from './plan.js';
import { createFaker, mix } from './random.js';
import { correctionText } from './text.js';
import { makeThread, type ThreadOrder, type Workshop } from './thread.js';
import { iso } from './times.js';

/** A thread in which people continue to write. */
export interface OngoingThread {
  /** As it was seeded, or begun. */
  readonly thread: ThreadItem;
  /** Its seeded messages, oldest first. */
  readonly messages: readonly MessageItem[];
  /** The message after the seeded ones and `place` later ones, sent at `at` (milliseconds since 1970). */
  later(place: number, at: number): MessageItem;
  /** What its writer adds to a message that is already sent; `turn` varies it. */
  correction(turn: number): string;
}

export interface OngoingThreads {
  /** A few threads of each brand, with messages of today. */
  readonly threads: readonly OngoingThread[];
  /** The thread that begins after `place` others have begun, at `at` (milliseconds since 1970). It has no message yet. */
  begin(place: number, at: number): OngoingThread;
}

const EACH_BRAND = 3;
/** Far above those of seeded threads and planted records; all serials have four digits to the base 36. */
const FIRST_SERIAL = 1_000_000;

export function ongoingThreads(
  workshop: Workshop,
  plan: ThreadPlan,
  orderOf: (index: number) => ThreadOrder,
): OngoingThreads {
  const faker = createFaker();
  const { options, business } = workshop;
  return {
    threads: ofToday(plan).map((index) => ongoing(makeThread(workshop, orderOf(index), faker))),
    begin(place, at) {
      const serial = FIRST_SERIAL + place;
      const seed = threadSeed(options, serial);
      const brand = business.brands[mix(seed, 71) % business.brands.length];
      const channel = brand?.channels[mix(seed, 72) % brand.channels.length];
      if (brand === undefined || channel === undefined) throw new Error('a sample account has no channel');
      const order = { serial, seed, brand, channel, contact: plan.threads + place, count: 0 } as const;
      const made = makeThread(workshop, { ...order, recency: 'today' }, faker);
      const began = { status: 'open', created_at: iso(at), last_message_at: iso(at) } as const;
      return ongoing({ ...made, thread: { ...made.thread, ...began }, cast: { ...made.cast, around: at } });
    },
  };
}

function ongoing(context: ThreadContext): OngoingThread {
  let messages: readonly MessageItem[] | undefined;
  return {
    thread: context.thread,
    get messages() {
      return (messages ??= [...threadMessages(createFaker(), context)]);
    },
    later: (place, at) => laterMessage(createFaker(), context, place, at),
    correction(turn) {
      const faker = createFaker();
      faker.seed(mix(context.seed, 54, turn));
      return correctionText(faker, context.cast);
    },
  };
}

/** Each brand's first thread is one of today. */
function ofToday(plan: ThreadPlan): number[] {
  const found: number[] = [];
  const taken = new Map<number, number>();
  for (let index = 0; index < plan.threads; index++) {
    const brand = plan.brandOf[index] ?? 0;
    const before = taken.get(brand) ?? 0;
    if (before === EACH_BRAND || plan.recencyOf(index) !== 'today') continue;
    taken.set(brand, before + 1);
    found.push(index);
  }
  return found;
}
