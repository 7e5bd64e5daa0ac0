import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byteOrder } from '../../domain/engine/bytes/order.js';
import { isMap } from '../../domain/conversations/records/attribute-value.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { queryPage } from '../../gateways/dynamodb/pages.js';
import { oldestKey, ORDERS } from '../../gateways/dynamodb/ranges.js';
import type { Item } from '../../gateways/dynamodb/items.js';
import type { Cursor } from '../../gateways/dynamodb/ranges.js';
import { getRecord } from '../../gateways/dynamodb/records.js';
import { fetchThreads } from '../../gateways/dynamodb/threads.js';
import { ImportWorld } from '../activities/conversations/import/import-world.js';
import { messageItem, threadItem } from '../activities/conversations/import/source-items.js';
import { stackEnv } from '../support/servers.js';

const BRAND = 'br_1_1';
const { messagesByTime, threadsById, threadsByLastMessage } = ORDERS;
const at = (day: number) => `2026-10-${String(day).padStart(2, '0')}T00:00:00.000Z`;

let world: ImportWorld;

beforeAll(async () => {
  world = await ImportWorld.open({ pageRecords: 10 });
  await world.put(
    'threads',
    Array.from({ length: 230 }, (_, n) =>
      threadItem(
        BRAND,
        `thr_${String(n).padStart(3, '0')}`,
        n % 2 === 0 ? { last_message_at: at(1 + (n % 28)) } : {},
      ),
    ),
  );
  await world.put('messages', [
    ...Array.from({ length: 28 }, (_, n) =>
      messageItem(BRAND, 'thr_001', `m${n}`, at(n + 1), { metadata: { n: 12.5 } }),
    ),
    // One key in several threads: an index may hold it more than once.
    ...Array.from({ length: 25 }, (_, n) => messageItem(BRAND, `thr_${100 + n}`, 'same', at(15))),
    messageItem('br_1_2', 'thr_other', 'm0', at(3)),
  ]);
});

afterAll(() => world.close());

async function readAll(
  range: { lower: string | null; upper: string | null },
  order = messagesByTime,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: Cursor | undefined;
  do {
    const page = await queryPage(world.tables, order, BRAND, range, cursor);
    items.push(...page.items.map(({ item }) => item));
    // As slices keep it.
    cursor = page.next && (JSON.parse(JSON.stringify(page.next)) as Cursor);
  } while (cursor);
  return items;
}

describe('a range of a brand', () => {
  test('is read newest first, in pages, without other brands', async () => {
    const items = await readAll({ lower: null, upper: null });
    expect(items).toHaveLength(53);
    const keys = items.map((item) => String(item['message_key']));
    expect(keys).toEqual(keys.toSorted().toReversed());
  });

  test('includes its lower bound and not its upper one, so that adjacent ranges hold each record once', async () => {
    const bounds = [null, `${at(5)}#m4`, at(10), `${at(15)}#same`, `${at(15)}#same0`, `${at(20)}#m19`, null];
    const parts = await Promise.all(
      bounds.slice(1).map((upper, n) => readAll({ lower: bounds[n] ?? null, upper })),
    );
    expect(parts.map((part) => part.length)).toEqual([4, 5, 6, 25, 4, 9]);
    const ids = parts.flat().map((item) => `${String(item['thread_id'])} ${String(item['message_key'])}`);
    expect(new Set(ids).size).toBe(53);
  });

  test('of threads is read by id and by last message', async () => {
    expect(await readAll({ lower: 'thr_100', upper: 'thr_200' }, threadsById as never)).toHaveLength(100);
    const recent = await readAll({ lower: '2026-10-28', upper: null }, threadsByLastMessage as never);
    expect(recent.every((item) => String(item['last_message_at']) >= '2026-10-28')).toBe(true);
  });

  test('keeps numbers as they are written', async () => {
    const [item] = await readAll({ lower: at(28), upper: null });
    expect(item?.['metadata']).toEqual({ n: NumberValue.from('12.5') });
  });
});

test('the oldest key of a range is found, and none in an empty range', async () => {
  const oldest = (lower: string | null, upper: string | null) =>
    oldestKey(world.tables, messagesByTime, BRAND, { lower, upper });
  expect(await oldest(null, null)).toBe(`${at(1)}#m0`);
  expect(await oldest(at(15), null)).toBe(`${at(15)}#m14`);
  expect(await oldest(`${at(28)}#m27z`, null)).toBeUndefined();
  expect(await oldest(at(28), `${at(28)}#m27`)).toBeUndefined();
});

test('threads are looked up by the hundred, without those that do not exist', async () => {
  const ids = Array.from({ length: 350 }, (_, n) => `thr_${String(n).padStart(3, '0')}`);
  const found = await fetchThreads(world.tables, BRAND, ids);
  expect(found.map((item) => String(item['thread_id'])).toSorted(byteOrder)).toEqual(ids.slice(0, 230));
  expect(await fetchThreads(world.tables, 'br_1_2', ids)).toEqual([]);
});

describe('errors become failures of Carryover', () => {
  const read = (tables: typeof world.tables, signal?: AbortSignal) =>
    queryPage(tables, messagesByTime, BRAND, { lower: null, upper: null }, undefined, signal);
  const options = () => ({ region: stackEnv().AWS_REGION, endpoint: stackEnv().DYNAMODB_ENDPOINT });

  test('a table that does not exist is a refusal', async () => {
    const tables = openSourceTables({ ...options(), messagesTable: 'no-such-table' });
    await expect(read(tables)).rejects.toMatchObject({
      type: 'SourceRefused',
      message: 'DynamoDB refused reading messages of brand br_1_1 (ResourceNotFoundException).',
    });
    tables.close();
  });

  test('a table without the index is a refusal', async () => {
    const tables = openSourceTables({ ...options(), messagesTable: world.tables.threads });
    await expect(read(tables)).rejects.toMatchObject({ type: 'SourceRefused' });
    tables.close();
  });

  test('an unreachable server is unavailable', async () => {
    const tables = openSourceTables({ ...options(), endpoint: 'http://127.0.0.1:9' });
    await expect(read(tables)).rejects.toMatchObject({ type: 'SourceUnavailable' });
    tables.close();
  });

  test('an aborted request throws the reason of the abort', async () => {
    const reason = new Error('enough');
    await expect(read(world.tables, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('an attribute called __proto__ is an ordinary one', async () => {
  const odd = JSON.parse('{"M": {"__proto__": {"SS": ["a"]}, "n": {"N": "1.50"}}}') as { M: never };
  const key = { brand_id: { S: 'br_1_3' }, thread_id: { S: 'thr_odd' } };
  await world.tables.clients.threads.send(
    new PutItemCommand({ TableName: world.tables.threads, Item: { ...key, odd } }),
  );
  const one = { hash: 'br_1_3', range: 'thr_odd' };
  const all = { lower: null, upper: null };
  const read = [
    await getRecord(world.tables, 'threads', one),
    (await queryPage(world.tables, threadsById, 'br_1_3', all, undefined)).items[0]?.item,
    (await fetchThreads(world.tables, 'br_1_3', ['thr_odd']))[0],
  ];
  for (const item of read) {
    const map = item?.['odd'] as object;
    expect(isMap(map)).toBe(true);
    expect(new Map(Object.entries(map))).toEqual(
      new Map<string, unknown>([
        ['__proto__', new Set(['a'])],
        ['n', expect.objectContaining({ value: '1.50' })],
      ]),
    );
  }
});
