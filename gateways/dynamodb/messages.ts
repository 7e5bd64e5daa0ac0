import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { SourceTables } from './client.js';
import { readMessagePage } from './message-page.js';
import type { MessagePage } from './message-page.js';
import { keepAnswer } from './middleware.js';
import { asking, ORDERS, pageInput, within } from './ranges.js';
import type { Cursor, KeyRange } from './ranges.js';

/**
 * Like `queryPage` for a brand's messages by time, but creates no object for each attribute: it reads the answer's bytes instead of the SDK.
 * Signing, connections, retries and errors stay with the SDK.
 */
export async function queryMessages(
  tables: SourceTables,
  brandId: string,
  range: KeyRange,
  cursor: Cursor | undefined,
  signal?: AbortSignal,
): Promise<MessagePage> {
  const order = ORDERS.messagesByTime;
  const input = pageInput(tables, order, brandId, range, cursor);
  const page = await asking(order, brandId, signal, async (options) => {
    const command = new QueryCommand(input);
    const answer = keepAnswer(command);
    await tables.plainMessages.send(command, options);
    return readMessagePage(answer());
  });
  const { items, next } = within(page, range, (message) => message.key);
  return { items, next, release: page.release };
}
