import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { SourceTables } from './client.js';
import { keepAnswer } from './middleware.js';
import { asking, pageInput, within } from './ranges.js';
import type { Cursor, KeyRange, SourceOrder } from './ranges.js';
import { readRecordPage } from './record-page.js';
import type { RecordPage } from './record-page.js';

/**
 * Reads the next page of a brand's records in the range, newest first. Creates no object for each attribute: it reads the answer's bytes instead of the
 * SDK. Signing, connections, retries and errors stay with the SDK. Throws CarryoverError (Source…), or the signal's reason.
 */
export async function queryPage(
  tables: SourceTables,
  order: SourceOrder,
  brandId: string,
  range: KeyRange,
  cursor: Cursor | undefined,
  signal?: AbortSignal,
): Promise<RecordPage> {
  const { table, rangeKey } = order;
  const input = pageInput(tables, order, brandId, range, cursor);
  const page = await asking(order, brandId, signal, async (options) => {
    const command = new QueryCommand(input);
    const answer = keepAnswer(command);
    await tables.plain[table].send(command, options);
    return readRecordPage(answer(), table);
  });
  // Every record of the index has the key, and it is a string.
  const { items, next } = within(page, range, (record) => record.text(rangeKey) ?? '');
  return { items, next, release: page.release };
}
