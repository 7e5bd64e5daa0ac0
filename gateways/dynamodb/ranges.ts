import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { byteOrder } from '../../domain/engine/bytes/order.js';
import type { SourceTables } from './client.js';
import { sourceError } from './errors.js';
import { itemOf, textValues } from './items.js';
import type { Item } from './items.js';

/** DynamoDB's LastEvaluatedKey, from which the next page is read. */
export type Cursor = Record<string, unknown>;

/** An inclusive lower end and an exclusive upper end in DynamoDB's order (UTF-8 bytes). Null: unbounded. */
export interface KeyRange {
  readonly lower: string | null;
  readonly upper: string | null;
}

/** An order in which a brand's records can be read. */
export interface SourceOrder {
  readonly table: 'threads' | 'messages';
  readonly index: string | undefined;
  readonly rangeKey: string;
}

/** The key by which each order reads a brand's records. The hash key is always the brand. */
export const ORDERS = {
  /** Reads the threads table itself: an index omits records without its key. */
  threadsById: { table: 'threads', index: undefined, rangeKey: 'thread_id' },
  threadsByLastMessage: { table: 'threads', index: 'by_last_message', rangeKey: 'last_message_at' },
  messagesByTime: { table: 'messages', index: 'by_brand', rangeKey: 'message_key' },
} as const satisfies Record<string, SourceOrder>;

/** The query for a page, which reaches a little below the range: see `justBelow`. */
export function pageInput(
  tables: SourceTables,
  order: SourceOrder,
  brandId: string,
  range: KeyRange,
  cursor: Cursor | undefined,
): QueryCommandInput {
  const wider = { ...range, lower: range.lower === null ? null : justBelow(range.lower) };
  return {
    ...inputOf(tables, order, brandId, wider),
    ScanIndexForward: false,
    Limit: tables.pageRecords[order.table],
    ...(cursor === undefined ? {} : { ExclusiveStartKey: textValues(cursor) }),
  };
}

/** Removes records outside the range. Once a record lies below it, there is no next page. */
export function within<Some>(
  { items, next }: { readonly items: readonly Some[]; readonly next: Cursor | undefined },
  range: KeyRange,
  keyOf: (item: Some) => string,
): { readonly items: Some[]; readonly next: Cursor | undefined } {
  const last = items.at(-1);
  const isBelow = last !== undefined && range.lower !== null && byteOrder(keyOf(last), range.lower) < 0;
  return { items: withoutEnds(items, range, keyOf), next: isBelow ? undefined : next };
}

/**
 * DynamoDB Local loses records when a page ends among several with one index key and that key is the query's lower end. Queries therefore reach down
 * to a key that no record has, and the records in between are dropped here.
 */
function justBelow(key: string): string {
  const last = key.codePointAt(key.length - 1) ?? 0;
  const rest = key.slice(0, -1);
  if (last === 0 || (last >= 0xd800 && last <= 0xe000)) return rest === '' ? key : rest;
  return `${rest}${String.fromCodePoint(last - 1)}\u{10FFFF}`;
}

/** The smallest range key of the brand's records in the range; undefined when there is none. Reads one record. */
export async function oldestKey(
  tables: SourceTables,
  order: SourceOrder,
  brandId: string,
  range: KeyRange,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const input = { ...inputOf(tables, order, brandId, range), ScanIndexForward: true, Limit: 1 };
  const { Items: items = [] } = await asking(order, brandId, signal, (options) =>
    tables.clients[order.table].send(new QueryCommand(input), options),
  );
  const [oldest] = withoutEnds(items.map(itemOf), range, (item) => keyOf(item, order));
  return oldest && keyOf(oldest, order);
}

/** The greatest range keys of the brand's records in the range, at most `limit`. Reads that many records. */
export async function newestKeys(
  tables: SourceTables,
  order: SourceOrder,
  brandId: string,
  range: KeyRange,
  limit: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const input = inputOf(tables, order, brandId, range);
  const { Items: items = [] } = await asking(order, brandId, signal, (options) =>
    tables.clients[order.table].send(
      new QueryCommand({
        ...input,
        ProjectionExpression: '#projected',
        ExpressionAttributeNames: { ...input.ExpressionAttributeNames, '#projected': order.rangeKey },
        ScanIndexForward: false,
        Limit: limit,
      }),
      options,
    ),
  );
  return withoutEnds(items.map(itemOf), range, (item) => keyOf(item, order)).map((item) =>
    keyOf(item, order),
  );
}

function inputOf(
  tables: SourceTables,
  order: SourceOrder,
  brandId: string,
  range: KeyRange,
): QueryCommandInput {
  return {
    TableName: tables[order.table],
    ...(order.index === undefined ? {} : { IndexName: order.index }),
    ...condition(order.rangeKey, brandId, range),
  };
}

/** Sends a request with the signal and converts its errors. */
export async function asking<Answer>(
  order: SourceOrder,
  brandId: string,
  signal: AbortSignal | undefined,
  send: (options: { abortSignal?: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send(signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    throw sourceError(error, `reading ${order.table} of brand ${brandId}`, signal);
  }
}

/** A query takes one condition on the range key. With both ends that is BETWEEN, which includes the upper one. */
function condition(rangeKey: string, brandId: string, { lower, upper }: KeyRange) {
  const names = { '#brand': 'brand_id', ...(lower === null && upper === null ? {} : { '#key': rangeKey }) };
  const and =
    lower !== null && upper !== null
      ? ' AND #key BETWEEN :lower AND :upper'
      : lower !== null
        ? ' AND #key >= :lower'
        : upper !== null
          ? ' AND #key < :upper'
          : '';
  return {
    KeyConditionExpression: `#brand = :brand${and}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: textValues({
      ':brand': brandId,
      ...(lower === null ? {} : { ':lower': lower }),
      ...(upper === null ? {} : { ':upper': upper }),
    }),
  };
}

/** Items of a query are ordered by their keys, so that only those at both ends need to be compared. */
function withoutEnds<Some>(
  items: readonly Some[],
  { lower, upper }: KeyRange,
  keyOf: (item: Some) => string,
): Some[] {
  if (lower === null) return [...items];
  const isInside = (item: Some): boolean => {
    const key = keyOf(item);
    return key !== upper && byteOrder(key, lower) >= 0;
  };
  const first = items.findIndex(isInside);
  return first < 0 ? [] : items.slice(first, items.findLastIndex(isInside) + 1);
}

/** Every record of the index has the key, and it is a string. */
function keyOf(item: Item, order: SourceOrder): string {
  return item[order.rangeKey] as string;
}
