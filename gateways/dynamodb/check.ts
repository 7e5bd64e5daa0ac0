import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { Unusable } from '../../domain/engine/unusable.js';
import type { SourceTables } from './client.js';
import { sourceError } from './errors.js';
import { ORDERS } from './ranges.js';

/** No brand has this id. */
const NOBODY = 'carryover:probe';

/**
 * Returns a check that both tables and the indexes that an import reads can be queried, with exactly the rights that imports need. Throws Unusable,
 * lasting when a table, an index or a right is missing.
 */
export function tablesCheck(tables: SourceTables): (timeoutMs: number) => Promise<void> {
  return async (timeoutMs) => {
    const signal = AbortSignal.timeout(timeoutMs);
    await Promise.all(
      Object.values(ORDERS).map(async ({ table, index }) => {
        const name = tables[table];
        const command = new QueryCommand({
          TableName: name,
          ...(index === undefined ? {} : { IndexName: index }),
          KeyConditionExpression: 'brand_id = :brand',
          ExpressionAttributeValues: { ':brand': NOBODY },
          Limit: 1,
        });
        await tables.clients[table].send(command, { abortSignal: signal }).catch((error: unknown) => {
          throw troubleOf(
            error,
            index === undefined
              ? `querying the table ${name}`
              : `querying the index ${index} of the table ${name}`,
            table,
          );
        });
      }),
    );
  };
}

function troubleOf(error: unknown, what: string, table: 'threads' | 'messages'): Unusable {
  const failure = sourceError(error, what, undefined);
  const message =
    failure instanceof CarryoverError ? failure.message : `DynamoDB did not answer while ${what}.`;
  if (!(failure instanceof CarryoverError) || failure.type !== 'SourceRefused')
    return new Unusable(`${message} Check DYNAMODB_ENDPOINT, AWS_REGION and the network.`, {
      lasting: false,
      cause: error,
    });
  const variable = `CONVERSATIONS_${table.toUpperCase()}_TABLE`;
  return new Unusable(
    `${message} Check ${variable}, AWS_REGION and CONVERSATIONS_ROLE_ARN; the role needs dynamodb:Query on the table and its indexes.`,
    { lasting: true, cause: error },
  );
}
