import type { LooseItem } from '../../contract.js';
import { written, WAYS_OF_WRITING } from '../numbers.js';
import type { DirtBench } from './bench.js';
import type { DirtKind } from './kind.js';

/** Duplicates: messages under several keys, threads of one pair. */

const DAY = 86_400_000;

/** Makes `repeat` the same message as `first`, under a key of its own and with another text. */
function repeatOf(bench: DirtBench, first: LooseItem, repeat: LooseItem, at: number): void {
  repeat['message_id'] = first['message_id'];
  repeat['body'] = `${typeof first['body'] === 'string' ? first['body'] : ''} (again)`;
  bench.retime(repeat, at, 'both');
}

const pairOf = (messages: LooseItem[]): [LooseItem, LooseItem] => [
  messages.at(-2) ?? {},
  messages.at(-1) ?? {},
];
const timeOf = (message: LooseItem): number => Date.parse(String(message['sent_at']));

export const repeatedMessageId: DirtKind = {
  variants: 1,
  plant(bench) {
    const [first, second] = pairOf(bench.draft(4).messages);
    repeatOf(bench, first, second, timeOf(second));
    bench.expect('imported', first);
    bench.expect('superseded', second);
  },
};

/** The older key is three months old, the younger one three days. The older one wins, although it is read later. */
export const repeatedAcrossRecentAndRemaining: DirtKind = {
  variants: 1,
  plant(bench) {
    const [first, second] = pairOf(bench.draft(4).messages);
    bench.retime(first, bench.now - 90 * DAY, 'both');
    repeatOf(bench, first, second, bench.now - 3 * DAY);
    bench.expect('imported', first);
    bench.expect('superseded', second);
  },
};

/** Equal keys in two threads, of one brand or of two in turn. The smaller `thread_id` wins. */
export const repeatedInTwoThreads: DirtKind = {
  variants: 2,
  plant(bench, index) {
    const one = bench.draft(3);
    const other = bench.draft(3);
    if (index % 2 === 0) {
      for (const record of [other.thread, ...other.messages]) record['brand_id'] = one.thread['brand_id'];
      for (const name of ['channel_id', 'c1']) other.thread[name] = one.thread[name];
    }
    const [, first] = pairOf(one.messages);
    const [, second] = pairOf(other.messages);
    repeatOf(bench, first, second, timeOf(first));
    const oneIsSmaller = String(one.thread['thread_id']) < String(other.thread['thread_id']);
    bench.expect('imported', oneIsSmaller ? first : second);
    bench.expect('superseded', oneIsSmaller ? second : first);
  },
};

/** Under its smallest key the message lacks an attribute, or belongs to no thread; under the next key it is valid. */
export const repeatedSmallestCannotBeTaken: DirtKind = {
  variants: 2,
  plant(bench, index) {
    const whole = bench.draft(4);
    const [early, late] = pairOf(whole.messages);
    if (index % 2 === 0) {
      repeatOf(bench, early, late, timeOf(late));
      delete early['direction'];
      bench.expect('superseded', early);
    } else {
      const [lost] = bench.draft(1, { withRecord: false }).messages;
      const stray = lost ?? {};
      stray['brand_id'] = late['brand_id'];
      repeatOf(bench, late, stray, timeOf(late) - 7 * DAY);
      bench.expect('superseded', stray);
    }
    bench.expect('imported', late);
  },
};

/** A message that is valid under neither key: it counts once as quarantined, under the smaller key. */
export const repeatedNoneCanBeTaken: DirtKind = {
  variants: 1,
  plant(bench) {
    const [first, second] = pairOf(bench.draft(4).messages);
    repeatOf(bench, first, second, timeOf(second));
    delete first['direction'];
    second['kind'] = 3;
    bench.expect('quarantined', first);
    bench.expect('superseded', second);
  },
};

export const threadWithoutMessages: DirtKind = {
  variants: 1,
  plant: (bench) => bench.expect('imported', bench.draft(0).thread),
};

/** Two text threads and one of calls, with different ages and statuses; the youngest has no contact name. */
export const severalThreadsOfAPair: DirtKind = {
  variants: 1,
  plant(bench) {
    const drafts = [bench.draft(4), bench.draft(3, { recency: 'any' }), bench.draft(3, { recency: 'today' })];
    bench.sameBrand(drafts);
    const statuses = ['archived', 'closed', 'open'];
    for (const [place, { thread }] of drafts.entries()) {
      thread['status'] = statuses[place];
      if (place === 2) delete thread['c2_name'];
      else thread['c2_name'] = `${String(thread['thread_id'])} name`;
      if (place === 1) thread['kind'] = 'void';
      bench.expect('imported', thread);
    }
  },
};

/** Six threads of one pair, each with its numbers in a different format. */
export const differentlyWrittenNumbers: DirtKind = {
  variants: 1,
  plant(bench) {
    const drafts = WAYS_OF_WRITING.map(() => bench.draft(2));
    const { c1, c2 } = bench.properNumbers(drafts[0]?.thread ?? {});
    bench.sameBrand(drafts);
    for (const [place, { thread, messages }] of drafts.entries()) {
      thread['c1'] = written(c1, WAYS_OF_WRITING[(place + 2) % WAYS_OF_WRITING.length] ?? 'e164');
      thread['c2'] = written(c2, WAYS_OF_WRITING[place] ?? 'e164');
      bench.expect('imported', thread, ...messages);
    }
  },
};
