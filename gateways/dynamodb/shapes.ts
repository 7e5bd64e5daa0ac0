import { DescribeTableCommand, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import type { SourceTable, SourceTables } from './client.js';
import { sourceError } from './errors.js';

interface Shape {
  readonly keys: readonly [hash: string, range: string];
  readonly index: string;
  readonly indexKeys: readonly [hash: string, range: string];
}

/** The contract of the source's tables. */
const SHAPES: Readonly<Record<SourceTable, Shape>> = {
  threads: {
    keys: ['brand_id', 'thread_id'],
    index: 'by_last_message',
    indexKeys: ['brand_id', 'last_message_at'],
  },
  messages: {
    keys: ['thread_id', 'message_key'],
    index: 'by_brand',
    indexKeys: ['brand_id', 'message_key'],
  },
};

/** How the table differs from its contract, a sentence each. Throws CarryoverError (Source…), or the signal's reason. */
export async function shapeProblems(
  tables: SourceTables,
  table: SourceTable,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = tables[table];
  const { keys, index, indexKeys } = SHAPES[table];
  try {
    const command = new DescribeTableCommand({ TableName: name });
    const { Table: found } = await tables.clients[table].send(command, { abortSignal: signal });
    const held = found?.GlobalSecondaryIndexes?.find(({ IndexName: each }) => each === index);
    return [
      ...keyProblem(`The table ${name}`, keys, found?.KeySchema),
      ...(held === undefined
        ? [`The table ${name} has no index ${index}.`]
        : keyProblem(`The index ${index} of the table ${name}`, indexKeys, held.KeySchema)),
      ...(held !== undefined && held.Projection?.ProjectionType !== 'ALL'
        ? [`The index ${index} of the table ${name} does not project all attributes.`]
        : []),
      ...(held !== undefined && held.IndexStatus !== undefined && held.IndexStatus !== 'ACTIVE'
        ? [`The index ${index} of the table ${name} is ${held.IndexStatus}, not ACTIVE.`]
        : []),
    ];
  } catch (error) {
    throw sourceError(error, `describing the table ${name}`, signal);
  }
}

function keyProblem(
  what: string,
  wanted: readonly string[],
  found: readonly KeySchemaElement[] = [],
): readonly string[] {
  const has = found.map(({ AttributeName: name }) => name).join(' and ');
  const wants = wanted.join(' and ');
  return has === wants ? [] : [`${what} has the keys ${has || 'unknown'}, not ${wants}.`];
}
