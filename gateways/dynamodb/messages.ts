import type { Readable } from 'node:stream';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { SourceTables } from './client.js';
import { readMessagePage } from './message-page.js';
import type { MessagePage } from './message-page.js';
import { asking, ORDERS, pageInput, within } from './ranges.js';
import type { Cursor, KeyRange } from './ranges.js';

/**
 * As `queryPage` for a brand's messages by time, without an object for each attribute of each message: the answer's text is read here, in
 * place of the SDK, whose other half (signing, connections, retries, errors) stays.
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

/** A query that keeps the text of its answer, and leaves the SDK an empty one to read. Errors are the SDK's as ever. */
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
    // Innermost: the response comes here first.
    { step: 'deserialize', priority: 'low' },
  );
  return { command, text: () => text };
}

/** What answers are collected in, again and again: a new megabyte for each would be most of what is left for the garbage collector. */
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
