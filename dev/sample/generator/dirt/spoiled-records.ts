import type { LooseItem } from '../../contract.js';
import type { Draft } from './bench.js';
import type { DirtKind } from './kind.js';

/** Records that are invalid, or need care: wrong types, missing attributes, odd text, other accounts. */

const WRONG_IN_MESSAGE: LooseItem[] = [
  { body: 5 },
  { direction: 7 },
  { kind: true },
  { author: ['somebody'] },
  { attachments: 'none' },
  { telephony: 'busy' },
  { message_id: 12 },
];
const MISSING_IN_MESSAGE = ['direction', 'kind', 'message_id', 'account_id'];
const WRONG_IN_THREAD: LooseItem[] = [{ kind: 5 }, { c1: 5 }, { c2: { number: 5 } }, { status: false }];
const MISSING_IN_THREAD = ['kind', 'c1', 'c2', 'status', 'account_id'];

const UNSTORABLE: LooseItem[] = [
  { body: 'before\u0000after' },
  { body: 'half a smile \ud83d and on' },
  { body: '\udc00 at the beginning, \u0000 within, and at the end \ud800' },
  { author: 'No\u0000name', body: '\u0000' },
];

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

function spoilMessage(draft: Draft, index: number, spoil: (message: LooseItem) => void): LooseItem {
  const message = pick(draft.messages, index);
  spoil(message);
  return message;
}

export const wrongTypeAttribute: DirtKind = {
  variants: WRONG_IN_MESSAGE.length,
  plant(bench, index) {
    const message = spoilMessage(bench.draft(4), index, (each) =>
      Object.assign(each, pick(WRONG_IN_MESSAGE, index)),
    );
    bench.expect('quarantined', message);
  },
};

export const missingAttribute: DirtKind = {
  variants: MISSING_IN_MESSAGE.length,
  plant(bench, index) {
    const message = spoilMessage(
      bench.draft(4),
      index,
      (each) => delete each[pick(MISSING_IN_MESSAGE, index)],
    );
    bench.expect('quarantined', message);
  },
};

export const wrongTypeThreadAttribute: DirtKind = {
  variants: WRONG_IN_THREAD.length,
  plant(bench, index) {
    const { thread, messages } = bench.draft(3);
    Object.assign(thread, pick(WRONG_IN_THREAD, index));
    bench.expect('quarantined', thread, ...messages);
  },
};

export const missingThreadAttribute: DirtKind = {
  variants: MISSING_IN_THREAD.length,
  plant(bench, index) {
    const { thread, messages } = bench.draft(3);
    delete thread[pick(MISSING_IN_THREAD, index)];
    bench.expect('quarantined', thread, ...messages);
  },
};

export const unstorableText: DirtKind = {
  variants: UNSTORABLE.length,
  plant(bench, index) {
    const message = spoilMessage(bench.draft(3), index, (each) =>
      Object.assign(each, pick(UNSTORABLE, index)),
    );
    bench.expect('imported', message);
  },
};

export const unstorableMetadata: DirtKind = {
  variants: 1,
  plant(bench, index) {
    const metadata = { note: 'a\u0000b', deep: [{ text: '\ud83d' }], 'key\u0000': 1 };
    bench.expect(
      'imported',
      spoilMessage(bench.draft(3), index, (each) => Object.assign(each, { metadata })),
    );
  },
};

export const foreignMessage: DirtKind = {
  variants: 1,
  plant(bench, index) {
    const spoil = (each: LooseItem) => (each['account_id'] = 'acc_of_somebody_else');
    bench.expect('quarantined', spoilMessage(bench.draft(4), index, spoil));
  },
};

/** The thread belongs to another account. So do its first messages; the others claim to belong to this one. */
export const foreignThread: DirtKind = {
  variants: 1,
  plant(bench) {
    const { thread, messages } = bench.draft(4);
    for (const record of [thread, ...messages.slice(0, 2)]) record['account_id'] = 'acc_of_somebody_else';
    bench.expect('quarantined', thread, ...messages);
  },
};

export const noThreadRecord: DirtKind = {
  variants: 1,
  plant(bench) {
    bench.expect('quarantined', ...bench.draft(3, { withRecord: false }).messages);
  },
};
