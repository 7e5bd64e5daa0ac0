import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import { THREAD_STATUSES } from '../../../../domain/conversations/records/rows.js';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { copyInto, copyLine } from '../../../../gateways/store/sql/copy.js';
import { importPhase } from '../../../../gateways/store/conversations/import/phases.js';
import { planPhase } from '../../../../gateways/store/work/plans.js';
import { claimSlices } from '../../../../gateways/store/work/slices.js';
import { mergedStatuses } from '../../../../gateways/store/conversations/import/thread-status.js';
import { writeThreads } from '../../../../gateways/store/conversations/import/threads.js';
import type { ReadThread } from '../../../../gateways/store/conversations/import/threads.js';
import { AnotherCameFirst, RefusedData, transaction } from '../../../../gateways/store/sql/transaction.js';
import { ImportWorld } from '../../../activities/conversations/import/import-world.js';
import { threadItem } from '../../../activities/conversations/import/source-items.js';
import { codePoint } from '../../../support/arbitraries.js';

let world: ImportWorld;

beforeAll(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', 'br_1_1', 'br_1_2', 'br_1_3');
});

afterAll(() => world.close());

test('COPY writes any text unchanged', async () => {
  await world.query('CREATE TABLE copied (n bigint, a text, b text)');
  const text = fc.string({ unit: codePoint }).map((one) => one.replaceAll('\0', ''));
  const field = fc.oneof(
    text,
    fc.constantFrom('', '\\N', '\\.', 'a\tb', 'a\\tb', '\r\n', '\\'),
    fc.constant(null),
  );
  const rows = fc.sample(fc.tuple(field, field), 300);
  await transaction(world.pool, 'test', (connection) =>
    copyInto(
      connection,
      'copied',
      rows.map((row, n) => copyLine([n, ...row])),
    ),
  );
  const copied = await world.query('SELECT a, b FROM copied ORDER BY n');
  expect(copied.map((row) => [row['a'], row['b']])).toEqual(rows);
});

describe('a transaction', () => {
  test('is retried after a deadlock, and then sees the other one’s writes', async () => {
    await world.query('CREATE TABLE pair (id integer PRIMARY KEY, times integer)');
    await world.query('INSERT INTO pair VALUES (1, 0), (2, 0)');
    const held: number[] = [];
    const touch = (first: number, second: number) =>
      transaction(world.pool, 'test', async (connection) => {
        await connection.query('UPDATE pair SET times = times + 1 WHERE id = $1', [first]);
        held.push(first);
        // The first time each holds one row and wants the other.
        await vi.waitUntil(() => new Set(held).size === 2);
        await connection.query('UPDATE pair SET times = times + 1 WHERE id = $1', [second]);
      });
    await Promise.all([touch(1, 2), touch(2, 1)]);
    expect(held.length).toBeGreaterThan(2);
    expect(await world.query('SELECT times FROM pair')).toEqual([{ times: 2 }, { times: 2 }]);
  });

  test('is retried if its work finds that another came first, but not for ever', async () => {
    let times = 0;
    const late = transaction(world.pool, 'test', async () => {
      times += 1;
      if (times < 3) throw new AnotherCameFirst();
      return times;
    });
    expect(await late).toBe(3);
    const never = transaction(world.pool, 'test', async () => {
      throw new AnotherCameFirst();
    });
    await expect(never).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });

  test('that is refused because of its data reports the code and nothing of the row', async () => {
    const refused = transaction(world.pool, 'test', (connection) =>
      connection.query(`SELECT 'secret'::integer`),
    );
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedData);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  });

  test('throws what its work threw', async () => {
    const own = new TypeError('own');
    await expect(transaction(world.pool, 'test', () => Promise.reject(own))).rejects.toBe(own);
  });
});

/** A thread of a pair of its own for each `n`; `sms` and `void` threads of one pair are merged. */
function readThread(brandId: string, kind: string, n: number, status: string): ReadThread {
  const item = threadItem(brandId, `thr_${kind}_${brandId}_${n}`, {
    kind: kind.replace(/\d/, ''),
    c1: '+15550001111',
    c2: `+1555000${2000 + n}`,
    status,
  });
  const mapped = mapThread(item, { accountId: 'acc_1', brandId, region: 'US' });
  if (mapped.kind !== 'row') throw new Error(mapped.record.reason);
  return { item, row: mapped.row };
}

test('a new thread has the status that its source threads have together, for all of their combinations', async () => {
  const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_1_3' });
  const alone = THREAD_STATUSES.map((status) => [status]);
  const longer = (some: string[][]) => some.flatMap((list) => THREAD_STATUSES.map((next) => [...list, next]));
  const lists = [...alone, ...longer(alone), ...longer(longer(alone))];
  const reads = lists.flatMap((list, n) =>
    list.map((status, at) => readThread('br_1_3', `sms${at}`, n, status)),
  );
  const rows = await transaction(world.pool, 'test', async (tx) => {
    const { threadIds } = await writeThreads(tx, brand, 'recent', reads, []);
    // What an update would set.
    const merged = await mergedStatuses(tx, [...new Set(threadIds.values())]);
    const { rows: written } = await tx.query<{ id: string; status: string }>(
      'SELECT id, status FROM message_threads WHERE brand_id = $1',
      [brand.id],
    );
    return written.map(({ id, status }) => [status, merged.get(id)]);
  });
  expect(rows).toHaveLength(lists.length);
  for (const [status, merged] of rows) expect(status).toBe(merged);
});

test('two source threads of one pair that arrive concurrently become one thread', async () => {
  const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_1_1' });
  const read = (kind: string, n: number, status: string) => readThread('br_1_1', kind, n, status);
  const write = (reads: ReadThread[]) =>
    transaction(world.pool, 'test', (connection) => writeThreads(connection, brand, 'recent', reads, []));
  const numbers = Array.from({ length: 40 }, (_, n) => n);
  await Promise.all([
    write(numbers.map((n) => read('sms', n, 'archived'))),
    write(numbers.toReversed().map((n) => read('void', n, n % 2 === 0 ? 'open' : 'closed'))),
    ...numbers
      .slice(0, 5)
      .map((n) => write([read('sms', n, 'archived'), read('void', n, n % 2 === 0 ? 'open' : 'closed')])),
  ]);
  const { threads: all } = await world.contents();
  const threads = all.filter(({ brand: holder }) => holder === 'br_1_1');
  expect(threads).toHaveLength(40);
  for (const [n, thread] of threads.entries()) {
    expect(thread['status']).toBe(n % 2 === 0 ? 'open' : 'closed');
    expect(thread['sources']).toHaveLength(2);
  }
});

describe('slices', () => {
  test('are planned once, and concurrent claims get different ones', async () => {
    const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_1_2' });
    const phase = importPhase(brand, 'recent');
    const slices = Array.from({ length: 30 }, () => ({
      stage: 'messages',
      lower: null,
      upper: null,
      estimate: 0,
    }));
    await Promise.all([planPhase(world.pool, phase, { slices }), planPhase(world.pool, phase, { slices })]);
    const claimed = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        claimSlices(world.pool, phase, 'messages', { name: `lane ${n}`, attempt: 1 }, 4),
      ),
    );
    const ids = claimed.flat().map((slice) => slice.id);
    expect(ids.length).toBe(30);
    expect(new Set(ids).size).toBe(30);
  });
});

test('a brand that was not prepared is reported by name', async () => {
  await expect(findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_9' })).rejects.toMatchObject({
    message: expect.stringContaining('br_9') as string,
  });
});
