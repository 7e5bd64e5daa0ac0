import { expect, test } from 'vitest';
import { progressOf, startWave, watchWave, waveLines } from '../../../cli/engine/commands/waves.js';
import type { ApiClient } from '../../../cli/engine/api/client.js';
import { Printer } from '../../../cli/engine/terminal/output.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const COUNTS = {
  total: 40,
  waiting: 24,
  running: 3,
  done: 12,
  failed: 1,
  refused: 0,
  cancelled: 0,
  skipped: 0,
};
const WAVE = {
  ...{ id: '7', key: 'march', kind: 'conversations', state: 'running', waiting: null, window: null },
  ...{
    at_once: 3,
    stop_percent: 5,
    created_by: 'ann',
    created_at: '2026-01-05T10:00:00.000Z',
    counts: COUNTS,
  },
};

/** A terminal, what is printed there, and what the API is asked; it answers with these waves, one after the other. */
function world(...answers: readonly object[]) {
  const [asked, left]: [unknown[], object[]] = [[], [...answers]];
  let out = '';
  const next = async (...of: unknown[]) => (asked.push(of), left.length > 1 ? left.shift() : left[0]);
  const clock = new VirtualClock();
  const terminal = {
    out: { write: (text: string) => void (out += text) },
    error: { write: () => undefined },
    ...{ environment: {}, signal: new AbortController().signal, clock },
    input: (async function* () {
      yield '# of today\nacc_2\n\n acc_1 \n';
      yield 'acc_2\n';
    })(),
  };
  return {
    api: { get: next, post: next } as unknown as ApiClient,
    printer: new Printer('table', terminal),
    ...{ asked, clock, terminal },
    printed: () => out,
  };
}

test('a wave is one row of progress, with the members that need a look', () => {
  expect(progressOf(WAVE)).toBe('12 of 40 done, 3 running, 1 failed');
  const member = { key: 'acc_3', state: 'refused', status: 'brand-failure', started_at: null };
  const failure = { message: 'Account acc_3 is closed.', next_step: 'Reopen it.' };
  expect(waveLines({ ...WAVE, members: [{ ...member, failure }] }, 120)).toEqual([
    'wave      march (7), by ann at 2026-01-05 10:00:00',
    'state     running',
    'progress  12 of 40 done, 3 running, 1 failed',
    'at once   3',
    'window    always',
    'stops     when more than 5 % have failed',
    '',
    'KEY    STATE    STATUS         STARTED  WHY',
    'acc_3  refused  brand-failure           Account acc_3 is closed. Reopen it.',
  ]);
});

test('a file is read line by line, and the same file is the same wave', async () => {
  const keys: unknown[] = [];
  for (const order of ['given', 'given', 'key'] as const) {
    const { api, asked, printer, terminal, printed } = world(WAVE);
    await startWave(api, 'conversations', { file: '-', atOnce: 3, order }, printer, terminal);
    const [[path, body]] = asked as [[string, { key: string; keys: string[] }]];
    expect(path).toBe('/v2/waves');
    expect(body.keys).toEqual(order === 'key' ? ['acc_1', 'acc_2'] : ['acc_2', 'acc_1']);
    expect(printed()).toContain('Wave march (7) of 40 is running');
    expect(printed()).toContain('Watch it with: carryover wave watch 7');
    keys.push(body.key);
  }
  expect(keys[0]).toMatch(/^file-[0-9a-f]{16}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
  const nothing = world(WAVE);
  const wish = { file: 'test/none.txt', atOnce: 3, order: 'given' } as const;
  await expect(
    startWave(nothing.api, 'conversations', wish, nothing.printer, nothing.terminal),
  ).rejects.toThrow('test/none.txt cannot be read (ENOENT).');
});

test.each([
  ['done', { failed: 0 }, 0],
  ['done', { failed: 2 }, 3],
  ['stopped', {}, 1],
  ['cancelled', {}, 1],
])('a watch ends with a wave that is %s with %j: %s', async (state, counts, status) => {
  const ended = { ...WAVE, state, counts: { ...COUNTS, running: 0, ...counts } };
  const { api, printer, terminal, clock, printed } = world(WAVE, WAVE, ended);
  const watched = watchWave(api, '7', printer, terminal);
  let isOver = false;
  void watched.then(() => (isOver = true));
  await clock.runUntil(() => isOver);
  expect(await watched).toBe(status);
  expect(printed().split('\n').filter(Boolean)).toHaveLength(2);
});
