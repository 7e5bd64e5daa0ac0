import type { Readable } from 'node:stream';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
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
    const { command, text } = textualQuery({
      ...input,
      ExpressionAttributeValues: written(input.ExpressionAttributeValues),
      ExclusiveStartKey: written(input.ExclusiveStartKey),
    });
    await tables.plainMessages.send(command, options);
    return readMessagePage(text());
  });
  return within(page, range, (message) => message.key);
}

/** Keys of tables and indexes are texts. */
function written(values: Record<string, unknown> | undefined): Record<string, AttributeValue> | undefined {
  return (
    values && Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { S: String(value) }]))
  );
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

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
