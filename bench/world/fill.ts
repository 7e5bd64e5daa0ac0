import { Agent } from 'node:http';
import {
  BatchWriteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { createSourceTables, sampleDocumentClient } from '../../dev/sample/dynamodb.js';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { description, messageItems, threadItems } from './source.js';
import type { Shape, SourceItem } from './source.js';

const BATCH = 25;
const AT_ONCE = 8;
const filled = new Set<string>();

/** Writes the shapes' records; a second call in this process writes nothing. */
export async function fillSource(env: StackEnvironment, ...all: readonly Shape[]): Promise<void> {
  const keyOf = (shape: Shape) => `${env.DYNAMODB_ENDPOINT} ${JSON.stringify(shape)}`;
  const shapes = all.filter((shape) => !filled.has(keyOf(shape)));
  if (shapes.length === 0) return;
  const place = placeOf(env);
  const document = sampleDocumentClient(place);
  await createSourceTables(document);
  document.destroy();
  const begun = performance.now();
  const client = new DynamoDBClient({
    ...place,
    requestHandler: { httpAgent: new Agent({ keepAlive: true }) },
  });
  await writeAll(client, 'threads', itemsOf(shapes, threadItems));
  await writeAll(client, 'messages', itemsOf(shapes, messageItems));
  client.destroy();
  for (const shape of shapes) filled.add(keyOf(shape));
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
  const [first, ...others] = shapes.map((shape) => description(shape));
  const more = others.length === 0 ? '' : `, and ${others.length} more accounts,`;
  console.error(`  ${first}${more} written to DynamoDB in ${seconds} s`);
}

/** Deletes all records, whose memory is then free for others. */
export async function emptySource(env: StackEnvironment): Promise<void> {
  if (filled.size === 0) return;
  const client = new DynamoDBClient(placeOf(env));
  for (const TableName of ['threads', 'messages'])
    await client.send(new DeleteTableCommand({ TableName })).catch(unlessMissing);
  client.destroy();
  filled.clear();
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof ResourceNotFoundException)) throw error;
}

export function placeOf(env: StackEnvironment) {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  return { endpoint: env.DYNAMODB_ENDPOINT, region: env.AWS_REGION, credentials };
}

function* itemsOf(
  shapes: readonly Shape[],
  items: (shape: Shape) => Generator<SourceItem>,
): Generator<SourceItem> {
  for (const shape of shapes) yield* items(shape);
}

async function writeAll(client: DynamoDBClient, table: string, items: Iterator<SourceItem>): Promise<void> {
  const takeBatches = async (): Promise<void> => {
    for (;;) {
      const batch: SourceItem[] = [];
      let bytes = 0;
      // A call accepts at most 16 MB.
      while (batch.length < BATCH && bytes < 8_000_000) {
        const { value, done } = items.next() as IteratorResult<SourceItem, undefined>;
        if (done === true) break;
        batch.push(value);
        bytes += value['body']?.S?.length ?? 0;
      }
      if (batch.length === 0) return;
      await client.send(
        new BatchWriteItemCommand({
          RequestItems: { [table]: batch.map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeBatches));
}
