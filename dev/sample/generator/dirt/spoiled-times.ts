import type { DirtKind } from './kind.js';

/** Times that disagree, are missing, or have another format. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NO_DATES = ['yesterday', 1_700_000_000_000, '', '2024-05-01T10:00:00', '2024-13-45T10:00:00.000Z'];
const SHIFTS = [-HOUR, HOUR, -40 * DAY, 5 * DAY];

const timeOf = (message: Record<string, unknown>): number => Date.parse(String(message['sent_at']));

export const keyDisagreesWithSentAt: DirtKind = {
  variants: SHIFTS.length,
  plant(bench, index) {
    const { messages } = bench.draft(4);
    const message = messages[index % messages.length] ?? {};
    bench.retime(message, timeOf(message) + (SHIFTS[index % SHIFTS.length] ?? 0), 'key');
    bench.expect('imported', message);
  },
};

/** The thread dates its newest message two months back; that message is from today. */
export const staleLastMessageAt: DirtKind = {
  variants: 1,
  plant(bench) {
    const { thread } = bench.draft(5, { recency: 'today' });
    thread['last_message_at'] = new Date(bench.now - 60 * DAY).toISOString();
    bench.expect('imported', thread);
  },
};

export const equalTimes: DirtKind = {
  variants: 1,
  plant(bench) {
    const { thread, messages } = bench.draft(5);
    for (const message of messages)
      bench.retime(message, Date.parse(String(thread['last_message_at'])), 'both');
    bench.expect('imported', ...messages);
  },
};

/** The message with the first key was sent last. */
export const outOfOrderTimes: DirtKind = {
  variants: 1,
  plant(bench) {
    const { messages } = bench.draft(6);
    const times = messages.map(timeOf).reverse();
    for (const [place, message] of messages.entries()) bench.retime(message, times[place] ?? 0, 'sent_at');
    bench.expect('imported', ...messages);
  },
};

export const missingSentAt: DirtKind = {
  variants: 1,
  plant(bench, index) {
    const { messages } = bench.draft(3);
    const message = messages[index % messages.length] ?? {};
    delete message['sent_at'];
    bench.expect('imported', message);
  },
};

export const invalidSentAt: DirtKind = {
  variants: NO_DATES.length,
  plant(bench, index) {
    const { messages } = bench.draft(3);
    const message = messages[index % messages.length] ?? {};
    message['sent_at'] = NO_DATES[index % NO_DATES.length];
    bench.expect('imported', message);
  },
};

/** `sent_at` is the same instant as the key's, with another offset or without milliseconds. */
export const sentAtInAnotherZone: DirtKind = {
  variants: 3,
  plant(bench, index) {
    const { messages } = bench.draft(3);
    const message = messages[index % messages.length] ?? {};
    const at = Math.floor(timeOf(message) / 1000) * 1000;
    bench.retime(message, at, 'key');
    const local = (hours: number) => new Date(at + hours * HOUR).toISOString().slice(0, 23);
    const ways = [`${local(2)}+02:00`, `${local(-7).slice(0, 19)}-07:00`, `${local(0).slice(0, 19)}Z`];
    message['sent_at'] = ways[index % ways.length];
    bench.expect('imported', message);
  },
};

export const noTimeAtAll: DirtKind = {
  variants: 2,
  plant(bench, index) {
    const { messages } = bench.draft(3);
    const message = messages[index % messages.length] ?? {};
    message['message_key'] = `once upon a time#${String(message['message_id'])}`;
    if (index % 2 === 0) delete message['sent_at'];
    else message['sent_at'] = 'soon';
    bench.expect('quarantined', message);
  },
};
