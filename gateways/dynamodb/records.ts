import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { SourceTables } from './client.js';
import { sourceError } from './errors.js';
import { itemOf, textValues } from './items.js';
import type { Item } from './items.js';

const KEYS = {
  messages: ['thread_id', 'message_key'],
  threads: ['brand_id', 'thread_id'],
} as const;

/** Reads one record's current version, strongly consistent; undefined when there is none. Throws CarryoverError (Source…), or the signal's reason. */
export async function getRecord(
  tables: SourceTables,
  table: keyof typeof KEYS,
  key: { readonly hash: string; readonly range: string },
  signal?: AbortSignal,
): Promise<Item | undefined> {
  const [hash, range] = KEYS[table];
  const command = new GetItemCommand({
    TableName: tables[table],
    Key: textValues({ [hash]: key.hash, [range]: key.range }),
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
