import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../domain/engine/clock.js';
import { assumedRole } from '../aws/assumed-role.js';
import { systemClock } from '../clock.js';
import { WholeAnswers } from '../http/whole-answers.js';
import { errorCode, isThrottled } from './errors.js';
import { wrapStep } from './middleware.js';
import type { Stacked } from './middleware.js';

type RequestHandler = NonNullable<DynamoDBClientConfig['requestHandler']>;
type Logger = NonNullable<DynamoDBClientConfig['logger']>;

export interface SourceTablesOptions {
  /** Undefined: as set in AWS's own environment variables. */
  readonly region?: string | undefined;
  /** Only for a local DynamoDB. */
  readonly endpoint?: string | undefined;
  /** The role in Conversations' account to assume for reading. */
  readonly roleArn?: string | undefined;
  readonly threadsTable?: string | undefined;
  readonly messagesTable?: string | undefined;
  /** Concurrent requests; default 128. */
  readonly maxSockets?: number | undefined;
  /** Maximum records in a page; default 1,000 threads, 5,000 messages. */
  readonly pageRecords?: number | undefined;
  /** Called for every throttled response, including those that the SDK retries. */
  readonly onThrottled?: ((table: SourceTable, throttled: ThrottledRead) => void) | undefined;
  readonly clock?: Clock;
}

/** A read that DynamoDB has throttled. */
export interface ThrottledRead {
  /** `the index by_brand of the table messages` */
  readonly what: string;
  /** DynamoDB's own code. */
  readonly code: string;
}

export type SourceTable = 'threads' | 'messages';

/**
 * DynamoDB ends a page at 1 MB, which is fewer than 5,000 messages but thousands of threads. Writing threads takes longer than reading them, so
 * smaller pages let the first ones be written sooner. DynamoDB Local needs both limits: the cost of a page there grows with `Limit`, or with the rest
 * of the range if there is none.
 */
const PAGE_RECORDS = { threads: 1_000, messages: 5_000 } as const;

/** Access to Conversations' tables. */
export interface SourceTables {
  /** One client for each table, because each table has its own rate limit. */
  readonly clients: Readonly<Record<SourceTable, DynamoDBDocumentClient>>;
  /** The same clients without the document layer, for reading responses as DynamoDB writes them. */
  readonly plain: Readonly<Record<SourceTable, DynamoDBClient>>;
  /** The tables' streams, each with a rate limit of its own. */
  readonly streams: Readonly<Record<SourceTable, DynamoDBStreamsClient>>;
  readonly threads: string;
  readonly messages: string;
  readonly pageRecords: Readonly<Record<SourceTable, number>>;
  /** For pauses before unprocessed keys are requested again. */
  readonly clock: Clock;
  /** Closes all connections. A second call changes nothing. */
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * Few, because callers retry with longer pauses than the SDK's. All attempts on a throttled table wait for the same token bucket, so retries do not
 * add requests.
 */
const ATTEMPTS = 3;

const nothing = (): void => undefined;
/**
 * The SDK makes a censored copy of every response for a logger that has `info`, which costs a fifth of the whole read. It checks for the method
 * first.
 */
const WITHOUT_INFO = { trace: nothing, debug: nothing, warn: nothing, error: nothing } as unknown as Logger;

/** Opens nothing yet: the first query connects, and assumes the role if there is one. */
export function openSourceTables(options: SourceTablesOptions = {}): SourceTables {
  // On Node 20 the SDK's first client prints a warning that it will require Node 22, which would hide our own output.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const of = (table: SourceTable) => ({
    records: reportingThrottled(new DynamoDBClient(configFor(options)), table, options),
    stream: reportingThrottled(new DynamoDBStreamsClient(configFor(options)), table, options),
  });
  const { threads, messages } = { threads: of('threads'), messages: of('messages') };
  return {
    clients: { threads: documentsOf(threads.records), messages: documentsOf(messages.records) },
    plain: { threads: threads.records, messages: messages.records },
    streams: { threads: threads.stream, messages: messages.stream },
    threads: options.threadsTable ?? 'threads',
    messages: options.messagesTable ?? 'messages',
    pageRecords:
      options.pageRecords === undefined
        ? PAGE_RECORDS
        : { threads: options.pageRecords, messages: options.pageRecords },
    clock: options.clock ?? systemClock,
    close: () => {
      for (const { records, stream } of [threads, messages]) {
        records.destroy();
        stream.destroy();
      }
    },
  };
}

/**
 * The SDK's adaptive mode is a token bucket for each client: after the first throttled response, requests wait for a token. Each throttled response
 * lowers the rate to 0.7 of its value; CUBIC (RFC 8312) raises it again, as AWS specifies for all its SDKs.
 */
function configFor(options: SourceTablesOptions) {
  const { region, endpoint, roleArn } = options;
  const requestHandler = new WholeAnswers({
    connections: options.maxSockets ?? 128,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    answerTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(roleArn === undefined ? {} : { credentials: assumedRole(roleArn, region) }),
    retryMode: 'adaptive',
    maxAttempts: ATTEMPTS,
    logger: WITHOUT_INFO,
    requestHandler: requestHandler as unknown as RequestHandler,
  };
}

function reportingThrottled<Client extends Stacked>(
  client: Client,
  table: SourceTable,
  { onThrottled }: SourceTablesOptions,
): Client {
  if (onThrottled)
    wrapStep(client, 'attempt', (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottled(error)) onThrottled(table, throttledRead(args, error, table));
        throw error;
      }
    });
  return client;
}

/** Reads of a stream name only the shard. */
function throttledRead(args: unknown, error: unknown, table: SourceTable): ThrottledRead {
  const { input = {} } = args as { input?: { TableName?: string; IndexName?: string } };
  const name = input.TableName ?? table;
  const index = input.IndexName === undefined ? '' : `the index ${input.IndexName} of `;
  const stream = input.TableName === undefined ? 'the stream of ' : '';
  return { what: `${index}${stream}the table ${name}`, code: errorCode(error) };
}

function documentsOf(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } });
}
