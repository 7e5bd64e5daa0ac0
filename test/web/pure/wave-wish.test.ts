import { expect, it } from 'vitest';
import { bodyOf, idsIn, sentenceOf, type WaveWish, whatIsMissing } from '../../../web/src/waves/wish.js';
import { progressOf } from '../../../web/src/waves/words.js';

const WISH: WaveWish = {
  ...{ kind: 'conversations', key: ' march ', from: 'list', list: 'acc_2\nacc_1', order: 'given' },
  ...{ status: 'pending', atOnce: '20', hours: 'window', opens: '22:00', closes: '06:00' },
  ...{ zone: 'Europe/Berlin', stopPercent: '2.5' },
};

it('pasted ids may be separated by lines, commas and spaces; each counts once, and remarks do not', () => {
  const list = '# of monday\nacc_2, acc_1;acc_2\r\n\tacc_3 \n# acc_4\n';
  expect(idsIn({ list, order: 'given' })).toEqual(['acc_2', 'acc_1', 'acc_3']);
  expect(idsIn({ list, order: 'key' })).toEqual(['acc_1', 'acc_2', 'acc_3']);
});

it('what is asked for is what the sentence says', () => {
  expect(bodyOf(WISH)).toEqual({
    kind: 'conversations',
    key: 'march',
    keys: ['acc_2', 'acc_1'],
    at_once: 20,
    window: '22:00–06:00 Europe/Berlin',
    stop_percent: 2.5,
  });
  expect(sentenceOf(WISH, 'accounts', undefined)).toBe(
    '2 accounts: at most 20 run at once, started between 22:00 and 06:00 (Europe/Berlin). It stops when more than 2.5 % have failed.',
  );
  const all: WaveWish = { ...WISH, from: 'status', hours: 'always', stopPercent: '' };
  expect(bodyOf(all)).toEqual({
    ...{ kind: 'conversations', key: 'march', at_once: 20 },
    all: { status: 'pending' },
  });
  expect(sentenceOf(all, 'accounts', 1_200)).toBe(
    'All 1,200 accounts with the status pending: at most 20 run at once, started as soon as there is room. It never stops automatically.',
  );
});

it.each<[Partial<WaveWish>, string | undefined]>([
  [{}, undefined],
  [{ list: ' \n# nothing' }, 'Paste at least one id.'],
  [{ list: Array.from({ length: 50_001 }, (_, n) => n).join('\n') }, 'A wave has at most 50,000.'],
  [{ from: 'status', list: '' }, 'None has the status pending.'],
  [{ atOnce: '0' }, 'Between 1 and 1,000 may run at once.'],
  [{ atOnce: '2.5' }, 'Between 1 and 1,000 may run at once.'],
  [{ closes: '22:00' }, 'The window must open and close at different times.'],
  [{ opens: '' }, 'The window must open and close at different times.'],
  [{ stopPercent: 'a few' }, 'The share that may fail is between 0 and 100 %.'],
  [{ stopPercent: '101' }, 'The share that may fail is between 0 and 100 %.'],
  [{ key: ' ' }, 'Name the wave.'],
])('%j lacks: %s', (change, sentence) => {
  expect(whatIsMissing({ ...WISH, ...change }, 0)).toBe(sentence);
});

it('progress is told with everything that is not done', () => {
  const counts = {
    total: 40,
    waiting: 20,
    running: 3,
    done: 12,
    failed: 1,
    refused: 2,
    cancelled: 0,
    skipped: 2,
  };
  expect(progressOf(counts)).toBe('12 of 40 done, 3 failed, 2 left out, 3 running');
});
