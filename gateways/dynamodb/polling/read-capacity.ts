import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { SourceTable, SourceTables } from '../client.js';
import { sourceError } from '../errors.js';
import { BY_TIME } from './newer-keys.js';

/**
 * How many read units a second are provisioned for the table's index by time; undefined for on-demand tables. Throws CarryoverError (Source…), or the
 * signal's reason.
 */
export async function readCapacity(
  tables: SourceTables,
  table: SourceTable,
  signal: AbortSignal,
): Promise<number | undefined> {
  const name = tables[table];
  try {
    const command = new DescribeTableCommand({ TableName: name });
    const { Table: found } = await tables.clients[table].send(command, { abortSignal: signal });
    const index = found?.GlobalSecondaryIndexes?.find(
      ({ IndexName: indexName }) => indexName === BY_TIME[table].index,
    );
    const units = index?.ProvisionedThroughput?.ReadCapacityUnits ?? 0;
    return units > 0 ? units : undefined;
  } catch (error) {
    throw sourceError(error, `describing the table ${name}`, signal);
  }
}
