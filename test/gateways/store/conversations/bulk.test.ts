import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { copyInto, copyLine } from '../../../../gateways/store/sql/copy.js';
import { importPhase } from '../../../../gateways/store/conversations/import/phases.js';
import { planPhase } from '../../../../gateways/store/work/plans.js';
import { claimSlices } from '../../../../gateways/store/work/slices.js';
import { writeThreads } from '../../../../gateways/store/conversations/import/threads.js';
import type { ReadThread } from '../../../../gateways/store/conversations/import/threads.js';
import { AnotherCameFirst, RefusedData, transaction } from '../../../../gateways/store/sql/transaction.js';
import { ImportWorld } from '../../../activities/conversations/import/import-world.js';
import { threadItem } from '../../../activities/conversations/import/source-items.js';

let world: ImportWorld;

beforeAll(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', 'br_1_1', 'br_1_2');
});

afterAll(() => world.close());

test('COPY writes any text unchanged', async () => {
  await world.query('CREATE TABLE copied (n bigint, a text, b text)');
  const text = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\0', ''));
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

test('two source threads of one pair that arrive concurrently become one thread', async () => {
  const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: 'br_1_1' });
  const read = (kind: string, n: number, status: string): ReadThread => {
    const item = threadItem('br_1_1', `thr_${kind}_${n}`, {
      kind,
      c1: '+15550001111',
      c2: `+1555000${2000 + n}`,
      status,
    });
    const mapped = mapThread(item, { accountId: 'acc_1', brandId: 'br_1_1', region: 'US' });
    if (mapped.kind !== 'row') throw new Error(mapped.record.reason);
    return { item, row: mapped.row };
  };
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
  const { threads } = await world.contents();
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
