import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { SourceTable, SourceTables } from '../client.js';
import { itemOf, textValues } from '../items.js';
import { asking, ORDERS } from '../ranges.js';
import type { Cursor, SourceOrder } from '../ranges.js';

/** The index of each table that sorts a brand's records by time. */
export const BY_TIME = {
  threads: ORDERS.threadsByLastMessage,
  messages: ORDERS.messagesByTime,
} as const satisfies Record<SourceTable, SourceOrder>;

export interface NewerKey {
  readonly threadId: string;
  /** The sort key of the index: a thread's time of its last message, or a message's key. */
  readonly rangeKey: string;
}

export interface NewerKeys {
  /** In ascending order. */
  readonly keys: readonly NewerKey[];
  /** Undefined at the end of the index. */
  readonly next: Cursor | undefined;
  /** The read units that DynamoDB counts for the query. */
  readonly units: number;
}

/** The read units that DynamoDB counts for any query. */
export const LEAST_UNITS = 0.5;
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Reads which of a brand's records have the key `from` or a greater one, oldest first, `limit` of them. The index knows of a new record a moment after the
 * table. DynamoDB counts whole records, though only their keys are returned. Throws CarryoverError (Source…), or the signal's reason.
 */
export async function queryNewer(
  tables: SourceTables,
  table: SourceTable,
  { brandId, from, cursor, limit }: NewerQuery,
  signal: AbortSignal,
): Promise<NewerKeys> {
  const order = BY_TIME[table];
  const command = new QueryCommand({
    TableName: tables[table],
    IndexName: order.index,
    KeyConditionExpression: '#brand = :brand AND #key >= :from',
    ProjectionExpression: '#thread, #key',
    ExpressionAttributeNames: { '#brand': 'brand_id', '#thread': 'thread_id', '#key': order.rangeKey },
    ExpressionAttributeValues: textValues({ ':brand': brandId, ':from': from }),
    ScanIndexForward: true,
    Limit: limit,
    ReturnConsumedCapacity: 'TOTAL',
    ...(cursor === undefined ? {} : { ExclusiveStartKey: textValues(cursor) }),
  });
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const answer = await asking(order, brandId, signal, (options) =>
    tables.clients[table].send(command, { ...options, abortSignal: AbortSignal.any([signal, timeout]) }),
  ).catch((error: unknown) => {
    if (signal.aborted || !timeout.aborted) throw error;
    const message = `DynamoDB took too long for new ${table} of brand ${brandId}.`;
    throw new CarryoverError('SourceUnavailable', message, { cause: error });
  });
  return {
    // Keys of tables and indexes are strings.
    keys: (answer.Items ?? []).map((item) => ({
      threadId: item['thread_id']?.S ?? '',
      rangeKey: item[order.rangeKey]?.S ?? '',
    })),
    next: answer.LastEvaluatedKey && itemOf(answer.LastEvaluatedKey),
    units: Math.max(LEAST_UNITS, answer.ConsumedCapacity?.CapacityUnits ?? 0),
  };
}

export interface NewerQuery {
  readonly brandId: string;
  readonly from: string;
  /** The LastEvaluatedKey of the page before. */
  readonly cursor: Cursor | undefined;
  readonly limit: number;
}
