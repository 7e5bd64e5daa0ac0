import { Type } from 'typebox';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { tablesCheck } from '../../../gateways/dynamodb/check.js';
import { openSourceTables, type SourceTable, type SourceTables } from '../../../gateways/dynamodb/client.js';
import { shapeProblems } from '../../../gateways/dynamodb/shapes.js';
import { findStream } from '../../../gateways/dynamodb/streams/find-stream.js';
import { readEnvironment } from '../../environment/read.js';
import { SourceVariables } from '../../environment/worker.js';
import { type Check, type CheckContext, type Finding, ok, warning, wrong } from '../check.js';

const Needed = Type.Object(SourceVariables);
const TABLES: readonly SourceTable[] = ['threads', 'messages'];

/** Access to the source's tables with the worker's role, their keys and indexes, and their streams. */
export const dynamodb: Check = {
  name: 'dynamodb',
  advice: 'Check DYNAMODB_ENDPOINT, AWS_REGION and the credentials of AWS.',
  async run(context) {
    const its = readEnvironment(Needed, context.environment);
    const tables = openSourceTables({
      region: its.AWS_REGION,
      endpoint: its.DYNAMODB_ENDPOINT,
      roleArn: its.CONVERSATIONS_ROLE_ARN,
      threadsTable: its.CONVERSATIONS_THREADS_TABLE,
      messagesTable: its.CONVERSATIONS_MESSAGES_TABLE,
    });
    try {
      const shapes = await Promise.all(TABLES.map((table) => shapeOf(tables, table, context)));
      const wrongShape = shapes.flat().filter(({ state }) => state === 'wrong');
      if (wrongShape.length > 0) return shapes.flat();
      await tablesCheck(tables)(context.timeoutMs);
      const queried = ok(
        `The tables ${tables.threads} and ${tables.messages} and their indexes can be queried.`,
      );
      return [queried, ...shapes.flat(), ...(await streamFindings(its, tables, context))];
    } finally {
      tables.close();
    }
  },
};

async function shapeOf(
  tables: SourceTables,
  table: SourceTable,
  { signal }: CheckContext,
): Promise<Finding[]> {
  try {
    const problems = await shapeProblems(tables, table, signal);
    return problems.map((problem) =>
      wrong(
        problem,
        `Name the right table in CONVERSATIONS_${table.toUpperCase()}_TABLE, or have Conversations correct its table.`,
      ),
    );
  } catch (error) {
    if (isRefused(error)) return [cannotDescribe(tables[table], error as Error)];
    throw error;
  }
}

async function streamFindings(
  { CONVERSATIONS_STREAMS: wanted }: { readonly CONVERSATIONS_STREAMS: string },
  tables: SourceTables,
  { signal }: CheckContext,
): Promise<readonly Finding[]> {
  if (wanted === 'off') return [ok('CONVERSATIONS_STREAMS is off: changes are found by polling.')];
  const found = await Promise.all(
    TABLES.map(async (table) => {
      try {
        return { table, stream: await findStream(tables, table, signal) };
      } catch (error) {
        if (isRefused(error)) return undefined;
        throw error;
      }
    }),
  );
  const lacking = found.flatMap((each) =>
    each !== undefined && 'lacks' in each.stream ? [{ table: each.table, lacks: each.stream.lacks }] : [],
  );
  if (lacking.length === 0)
    return found.includes(undefined) ? [] : [ok('Both tables have streams with the state before and after.')];
  return lacking.map(({ table, lacks }) =>
    warning(
      `${lacks} Changes at the source are found by polling, and deletions only by a verification.`,
      `aws dynamodb update-table --table-name ${tables[table]} --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES`,
    ),
  );
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof CarryoverError && error.type === 'SourceRefused' && /AccessDenied/.test(error.message)
  );
}

function cannotDescribe(name: string, error: Error): Finding {
  return warning(
    `The shape and the stream of the table ${name} are unknown: ${error.message}`,
    'Allow the role dynamodb:DescribeTable on the table.',
  );
}
