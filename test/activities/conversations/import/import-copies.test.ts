import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { importPhase } from '../../../../gateways/store/conversations/import/phases.js';
import { planRanges } from '../../../../gateways/store/conversations/import/plans.js';
import { ImportWorld } from './import-world.js';
import { type LooseItem, messageItem, threadItem } from './source-items.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const OTHERS = 'br_2_1';
const RECENT = '2026-10-15T12:00:00.000Z';
const LATER = '2026-10-20T12:00:00.000Z';
const OLD = '2025-03-01T12:00:00.000Z';

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: 25 });
  await world.account('acc_1', A, B);
  await world.account('acc_2', OTHERS);
  await world.put('threads', [
    threadItem(A, 'thr_a1'),
    threadItem(A, 'thr_a2'),
    threadItem(B, 'thr_b1'),
    threadItem(OTHERS, 'thr_o1'),
  ]);
});

afterEach(() => world.close());

async function held() {
  return world.query(`
    SELECT m.source_id, m.source_key, m.source_thread_id, m.body, b.source_id AS brand, t.message_count::integer AS count
    FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id ORDER BY 1`);
}

/** Two copies of one message; the second argument stands for what tells them apart. */
const copy = (brand: string, thread: string, at: string, change: LooseItem = {}) =>
  messageItem(brand, thread, 'msg', at, { body: `copy of ${brand} ${thread} ${at}`, ...change });

const WINS_OLD = { source_id: 'msg', source_key: `${OLD}#msg` };

describe('of several copies of a message the one with the smallest key is held', () => {
  test('in one slice', async () => {
    await world.put('messages', [copy(A, 'thr_a1', RECENT), copy(A, 'thr_a2', LATER)]);
    await world.migrate([A]);
    expect(await held()).toMatchObject([{ source_thread_id: 'thr_a1', brand: A, count: 1 }]);
    expect((await world.contents()).superseded).toMatchObject([
      { brand: A, source_key: `thr_a2/${LATER}#msg` },
    ]);
  });

  test('one recent, one remaining', async () => {
    const attachments = [
      { attachment_id: 'file', url: 'http://files.example/new', content_type: 'image/png' },
    ];
    await world.put('messages', [
      copy(A, 'thr_a1', RECENT, {
        attachments: [...attachments, { attachment_id: 'gone', url: 'http://files.example/gone' }],
      }),
      copy(A, 'thr_a2', OLD, { attachments: [{ ...attachments[0], file_name: 'old.png' }] }),
    ]);
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    const [before] = await world.query('SELECT id, source_key FROM messages');
    await world.query(`UPDATE attachments SET stored_url = 'file:///kept' WHERE source_id = 'file'`);
    await world.importPhase(A, 'remaining');
    await world.complete(A, 'remaining');

    expect(await held()).toMatchObject([
      { ...WINS_OLD, source_thread_id: 'thr_a2', body: `copy of ${A} thr_a2 ${OLD}` },
    ]);
    expect(await world.query('SELECT id FROM messages')).toEqual([{ id: before?.['id'] }]);
    // The same file is not fetched again.
    expect(await world.query('SELECT source_id, stored_url, file_name FROM attachments')).toEqual([
      { source_id: 'file', stored_url: 'file:///kept', file_name: 'old.png' },
    ]);
  });

  test.each([
    { first: A, second: B },
    { first: B, second: A },
  ])('in two brands of an account, $first read first', async ({ first, second }) => {
    await world.put('messages', [
      copy(A, 'thr_a1', OLD),
      copy(B, 'thr_b1', RECENT),
      messageItem(B, 'thr_b1', 'msg_2', OLD),
    ]);
    await world.migrate([first]);
    await world.migrate([second]);
    expect(await held()).toMatchObject([
      { ...WINS_OLD, brand: A, count: 1 },
      { source_id: 'msg_2', brand: B, count: 1 },
    ]);
    expect((await world.contents()).superseded).toMatchObject([
      { brand: B, source_key: `thr_b1/${RECENT}#msg` },
    ]);
  });

  test('and of equal keys the smaller thread', async () => {
    await world.put('messages', [
      copy(A, 'thr_a2', RECENT),
      copy(A, 'thr_a1', RECENT),
      copy(B, 'thr_b1', RECENT),
    ]);
    await world.migrate([B, A]);
    expect(await held()).toMatchObject([{ source_thread_id: 'thr_a1', brand: A }]);
    expect((await world.contents()).superseded).toHaveLength(2);
  });

  test('and a finished brand’s thread that loses messages to several lanes at once has the right count', async () => {
    const ids = Array.from({ length: 400 }, (_, n) => `msg_${n}`);
    const at = (n: number) => new Date(Date.UTC(2026, 9, 3) + n * 60_000).toISOString();
    await world.put(
      'messages',
      ids.flatMap((id, n) => [
        messageItem(A, 'thr_a1', id, LATER),
        messageItem(B, 'thr_b1', id, at((n * 37) % 400)),
      ]),
    );
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    const options = { pieceRecords: 20, slicesAtOnce: 8, moreLanesFrom: Infinity };
    await Promise.all([1, 2, 3].map(() => world.importPhase(B, 'recent', options)));
    expect((await held()).every((row) => row['brand'] === B)).toBe(true);
    const emptied = await world.query(
      `SELECT message_count::integer AS count, last_message_at FROM message_threads WHERE pair_key = 'thread:thr_a1'`,
    );
    expect(emptied).toEqual([{ count: 0, last_message_at: null }]);
  });

  test('also if all copies arrive concurrently', async () => {
    const copies = Array.from({ length: 60 }, (_, n) => [
      messageItem(A, 'thr_a1', `msg_${n}`, `2026-10-1${n % 9}T00:00:00.000Z`),
      messageItem(A, 'thr_a2', `msg_${n}`, `2026-10-1${(n * 7) % 9}T00:00:00.000Z`),
      messageItem(B, 'thr_b1', `msg_${n}`, `2026-10-1${(n * 5) % 9}T00:00:00.000Z`),
    ]).flat();
    await world.put('messages', copies);
    await Promise.all([world.importPhase(A, 'recent'), world.importPhase(B, 'recent')]);
    await world.complete(A, 'recent');
    await world.complete(B, 'recent');
    const smallest = new Map<string, string>();
    for (const item of copies) {
      const place = `${String(item['message_key'])} ${String(item['thread_id'])}`;
      const id = String(item['message_id']);
      if (place < (smallest.get(id) ?? '~')) smallest.set(id, place);
    }
    const rows = await held();
    expect(
      Object.fromEntries(
        rows.map((row) => [
          row['source_id'],
          `${String(row['source_key'])} ${String(row['source_thread_id'])}`,
        ]),
      ),
    ).toEqual(Object.fromEntries(smallest));
  });
});

describe('a copy that cannot be imported', () => {
  test('gives way to a valid one with a greater key', async () => {
    await world.put('messages', [
      copy(A, 'thr_a1', OLD, { direction: 'sideways' }),
      copy(A, 'thr_a2', RECENT),
    ]);
    await world.migrate([A]);
    expect(await held()).toMatchObject([{ source_key: `${RECENT}#msg` }]);
    expect(await world.reasons()).toEqual({});
  });

  test('gives way, even if it is in another brand that is done', async () => {
    await world.put('messages', [
      copy(B, 'thr_b1', OLD, { direction: 'sideways' }),
      copy(A, 'thr_a2', RECENT),
    ]);
    await world.migrate([B]);
    expect(Object.keys(await world.reasons())).toEqual([`thr_b1/${OLD}#msg`]);
    await world.migrate([A]);
    expect(await world.reasons()).toEqual({});
    expect((await world.contents()).superseded).toMatchObject([{ brand: B, digest: '0' }]);
  });

  test('of another account gives way too, although its id is not kept', async () => {
    await world.put('messages', [copy(A, 'thr_a1', OLD, { account_id: 'acc_2' }), copy(A, 'thr_a2', RECENT)]);
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    await world.importPhase(A, 'remaining');
    expect((await world.contents()).quarantined).toMatchObject([{ source_id: null, raw: null }]);
    await world.complete(A, 'remaining');
    expect(await world.reasons()).toEqual({});
  });

  test('is quarantined once, under the smallest key, if no copy is valid', async () => {
    await world.put('messages', [
      copy(A, 'thr_a1', RECENT, { direction: 'sideways' }),
      copy(A, 'thr_a2', OLD, { direction: 'sideways' }),
      copy(B, 'thr_b1', LATER, { account_id: 'acc_2' }),
    ]);
    await world.migrate([B, A]);
    expect(Object.keys(await world.reasons())).toEqual([`thr_a2/${OLD}#msg`]);
  });

  test('of equal keys is quarantined under the smaller thread, whatever follows its name in the other', async () => {
    await world.put('messages', [copy(A, 'thr_x#2', OLD), copy(A, 'thr_x', OLD)]);
    await world.migrate([A]);
    expect(Object.keys(await world.reasons())).toEqual([`thr_x/${OLD}#msg`]);
  });
});

test('a message with an id of another account is quarantined, and that account keeps its message', async () => {
  await world.put('messages', [
    copy(OTHERS, 'thr_o1', RECENT),
    copy(A, 'thr_a1', OLD),
    messageItem(A, 'thr_a1', 'msg_2', OLD),
  ]);
  await world.migrate([OTHERS]);
  await world.migrate([A]);
  expect(await held()).toMatchObject([
    { source_id: 'msg', brand: OTHERS },
    { source_id: 'msg_2', brand: A },
  ]);
  expect(await world.reasons()).toEqual({ [`thr_a1/${OLD}#msg`]: 'message id is held by another account' });
});

test('reading the source again in other slices leaves the same rows', async () => {
  await world.put('messages', [
    copy(A, 'thr_a1', RECENT),
    copy(A, 'thr_a2', OLD, { attachments: [{ attachment_id: 'f', url: 'http://files.example/f' }] }),
    messageItem(A, 'thr_gone', 'msg_3', OLD),
    messageItem(A, 'thr_a1', 'msg_4', LATER, { direction: 'sideways' }),
    ...Array.from({ length: 30 }, (_, n) =>
      messageItem(A, 'thr_a1', `more_${n}`, `2026-0${1 + (n % 9)}-01T00:00:00.000Z`),
    ),
  ]);
  await world.migrate([A, B]);
  const first = await world.contents();

  for (const table of ['tallies', 'work', 'phases']) await world.query(`DELETE FROM carryover.${table}`);
  const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: A });
  const bounds = [null, '2025-01', '2026-03', '2026-04-01', '2026-06-01', '2026-08-15', '2026-11', null];
  const ranges = bounds.slice(1).map((upper, at) => ({ lower: bounds[at] ?? null, upper }));
  const text = (key: string | null) => key && JSON.stringify(key);
  const slices = [
    { stage: 'threads', lower: null, upper: null, estimate: 1 },
    ...[4, 0, 6, 1, 5, 3, 2].map((at) => ({
      stage: 'messages',
      lower: text(ranges[at]?.lower ?? null),
      upper: text(ranges[at]?.upper ?? null),
      estimate: 1,
    })),
  ];
  await planRanges(world.pool, brand, importPhase(brand, 'remaining'), { slices });
  await world.importPhase(A, 'remaining', { slicesAtOnce: 2 });
  await world.complete(A, 'remaining');
  expect(await world.contents()).toEqual(first);
});

test('a record that is valid when the source is read again leaves the quarantine', async () => {
  await world.put('messages', [copy(A, 'thr_a1', OLD, { direction: 'sideways' })]);
  await world.migrate([A]);
  expect(Object.keys(await world.reasons())).toEqual([`thr_a1/${OLD}#msg`]);

  await world.put('messages', [copy(A, 'thr_a1', OLD)]);
  for (const table of ['tallies', 'work', 'phases'])
    await world.query(`DELETE FROM carryover.${table} WHERE phase = 'remaining'`);
  await world.importPhase(A, 'remaining');
  await world.complete(A, 'remaining');
  expect(await held()).toMatchObject([WINS_OLD]);
  expect(await world.reasons()).toEqual({});
});
