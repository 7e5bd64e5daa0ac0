import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { SourceTable, SourceTables } from '../client.js';
import { sourceError } from '../errors.js';

/** The table's stream with old and new images, or why there is none. */
export type FoundStream = { readonly arn: string } | { readonly lacks: string };

/** Throws CarryoverError (Source…), or the signal's reason. */
export async function findStream(
  tables: SourceTables,
  table: SourceTable,
  signal?: AbortSignal,
): Promise<FoundStream> {
  const name = tables[table];
  try {
    const command = new DescribeTableCommand({ TableName: name });
    const { Table: found } = await tables.clients[table].send(
      command,
      signal === undefined ? {} : { abortSignal: signal },
    );
    const { StreamEnabled: enabled, StreamViewType: view } = found?.StreamSpecification ?? {};
    const arn = found?.LatestStreamArn;
    if (enabled !== true || arn === undefined) return { lacks: `The table ${name} has no stream.` };
    // Only the old image tells the brand of a deleted message.
    if (view !== 'NEW_AND_OLD_IMAGES')
      return { lacks: `The stream of the table ${name} has ${view}, not NEW_AND_OLD_IMAGES.` };
    return { arn };
  } catch (error) {
    throw sourceError(error, `describing the table ${name}`, signal);
  }
}
