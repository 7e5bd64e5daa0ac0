import { BatchGetItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { KEY_NAMES } from '../../domain/conversations/records/quarantine-key.js';
import type { RecordKey } from '../../domain/conversations/records/quarantine-key.js';
import type { SourceTable, SourceTables } from './client.js';
import { sourceError } from './errors.js';
import { itemOf, textValues } from './items.js';
import type { Item } from './items.js';

/** DynamoDB's limit for one request. */
const BATCH = 100;
const REQUESTS_AT_ONCE = 4;
/** Requests for keys that DynamoDB left unprocessed, with growing pauses: about six seconds in total. */
const ROUNDS = 8;

/** Reads one record's current version, strongly consistent; undefined when there is none. Throws CarryoverError (Source…), or the signal's reason. */
export async function getRecord(
  tables: SourceTables,
  table: SourceTable,
  key: RecordKey,
  signal?: AbortSignal,
): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: tables[table],
    Key: attributesOf(table, key),
    ConsistentRead: true,
  });
  try {
    const answer = await tables.clients[table].send(
      command,
      signal === undefined ? {} : { abortSignal: signal },
    );
    return answer.Item && itemOf(answer.Item);
  } catch (error) {
    throw sourceError(error, `reading a record of ${table}`, signal);
  }
}

/**
 * Reads the current versions of records, strongly consistent, in no particular order, without those that do not exist. The keys must differ. Throws
 * CarryoverError (Source…), or the signal's reason.
 *
 * @param what names the request in errors
 */
export async function getRecords(
  tables: SourceTables,
  table: SourceTable,
  keys: readonly RecordKey[],
  what: string,
  signal?: AbortSignal,
): Promise<Item[]> {
  const batches: (readonly RecordKey[])[] = [];
  for (let at = 0; at < keys.length; at += BATCH) batches.push(keys.slice(at, at + BATCH));
  const found: Item[] = [];
  const takeBatches = async (): Promise<void> => {
    for (let batch = batches.pop(); batch; batch = batches.pop())
      found.push(...(await getBatch(tables, table, batch, what, signal)));
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_AT_ONCE, batches.length) }, takeBatches));
  return found;
}

async function getBatch(
  tables: SourceTables,
  table: SourceTable,
  batch: readonly RecordKey[],
  what: string,
  signal: AbortSignal | undefined,
): Promise<Item[]> {
  const { [table]: name } = tables;
  const found: Item[] = [];
  let keys = batch.map((key) => attributesOf(table, key));
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await tables.clients[table].send(
        new BatchGetItemCommand({ RequestItems: { [name]: { Keys: keys, ConsistentRead: true } } }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      found.push(...(answer.Responses?.[name] ?? []).map(itemOf));
      keys = answer.UnprocessedKeys?.[name]?.Keys ?? [];
      if (keys.length === 0) return found;
      await tables.clock.sleep(25 * 2 ** round, { signal });
    }
  } catch (error) {
    throw sourceError(error, what, signal);
  }
  throw new CarryoverError('SourceThrottled', `DynamoDB throttled ${what} (UnprocessedKeys).`, {
    retryAfterSeconds: 5,
  });
}

function attributesOf(table: SourceTable, { hash, range }: RecordKey): Record<string, AttributeValue> {
  const [hashName, rangeName] = KEY_NAMES[table];
  return textValues({ [hashName]: hash, [rangeName]: range });
}
