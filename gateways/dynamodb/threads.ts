import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { SourceTables } from './client.js';
import { sourceError } from './errors.js';
import { itemOf, textValues } from './items.js';
import type { Item } from './items.js';

/** DynamoDB's limit for one request. */
const BATCH = 100;
const REQUESTS_AT_ONCE = 4;
/** Requests for keys that DynamoDB left unprocessed, with growing pauses: about six seconds in total. */
const ROUNDS = 8;

/**
 * Reads the brand's thread records with these ids, in no particular order, without those that do not exist. Throws CarryoverError (Source…), or the
 * signal's reason.
 */
export async function fetchThreads(
  tables: SourceTables,
  brandId: string,
  threadIds: readonly string[],
  signal?: AbortSignal,
): Promise<Item[]> {
  const batches: string[][] = [];
  for (let at = 0; at < threadIds.length; at += BATCH) batches.push(threadIds.slice(at, at + BATCH));
  const found: Item[] = [];
  const takeBatches = async (): Promise<void> => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      found.push(...(await fetchBatch(tables, brandId, batch, signal)));
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, takeBatches));
  return found;
}

async function fetchBatch(
  tables: SourceTables,
  brandId: string,
  threadIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Item[]> {
  const what = `looking up threads of brand ${brandId}`;
  const found: Item[] = [];
  let keys = threadIds.map((threadId) => textValues({ brand_id: brandId, thread_id: threadId }));
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await tables.clients.threads.send(
        new BatchGetItemCommand({ RequestItems: { [tables.threads]: { Keys: keys, ConsistentRead: true } } }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      found.push(...(answer.Responses?.[tables.threads] ?? []).map(itemOf));
      keys = answer.UnprocessedKeys?.[tables.threads]?.Keys ?? [];
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
