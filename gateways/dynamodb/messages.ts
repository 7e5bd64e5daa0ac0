import type { Readable } from 'node:stream';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { SourceTables } from './client.js';
import { readMessagePage } from './message-page.js';
import type { MessagePage } from './message-page.js';
import { asking, ORDERS, pageInput, within } from './ranges.js';
import type { Cursor, KeyRange } from './ranges.js';

/**
 * Like `queryPage` for a brand's messages by time, but creates no object for each attribute: it parses the response's text instead of the SDK.
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
    const { command, text } = textualQuery(input);
    await tables.plainMessages.send(command, options);
    return readMessagePage(text());
  });
  return within(page, range, (message) => message.key);
}

const NOTHING = Buffer.from('{}');

/** A query that keeps the text of its response and gives the SDK an empty one to parse. The SDK still handles errors. */
function textualQuery(input: QueryCommandInput): { readonly command: QueryCommand; text(): string } {
  const command = new QueryCommand(input);
  let text = '';
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; body: unknown };
      if (response.statusCode === 200) {
        text = await textOf(response.body as Readable);
        response.body = NOTHING;
      }
      return result;
    },
    // The innermost step, which sees the response first.
    { step: 'deserialize', priority: 'low' },
  );
  return { command, text: () => text };
}

/** Buffers for responses, reused: a new megabyte for each response would be most of the garbage collector's work. */
const collectors: Buffer[] = [];
const COLLECTORS_KEPT = 16;
const COLLECTOR_BYTES = 1_300_000;

async function textOf(body: Readable): Promise<string> {
  let collector = collectors.pop() ?? Buffer.allocUnsafeSlow(COLLECTOR_BYTES);
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (length + chunk.length > collector.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (length + chunk.length));
      collector.copy(larger, 0, 0, length);
      collector = larger;
    }
    length += chunk.copy(collector, length);
  }
  const text = collector.toString('utf8', 0, length);
  if (collectors.length < COLLECTORS_KEPT && collector.length === COLLECTOR_BYTES) collectors.push(collector);
  return text;
}
