import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../domain/engine/clock.js';
import { assumedRole } from '../aws/assumed-role.js';
import { systemClock } from '../clock.js';
import { isThrottled } from './errors.js';

type Logger = NonNullable<DynamoDBClientConfig['logger']>;

export interface SourceTablesOptions {
  /** Undefined: as AWS's own environment says. */
  readonly region?: string | undefined;
  /** Only for a local DynamoDB. */
  readonly endpoint?: string | undefined;
  /** The role in Conversations' account that is assumed for reading. */
  readonly roleArn?: string | undefined;
  readonly threadsTable?: string | undefined;
  readonly messagesTable?: string | undefined;
  /** Requests at once; default 128. */
  readonly maxSockets?: number | undefined;
  /** Records in a page at most; default 1,000 threads, 5,000 messages. */
  readonly pageRecords?: number | undefined;
  /** Hears of every answer that says that the table is read too fast, also of those that are asked again. */
  readonly onThrottled?: ((table: SourceTable) => void) | undefined;
  readonly clock?: Clock;
}

export type SourceTable = 'threads' | 'messages';

/**
 * A page is full at 1 MB, which is less than this many messages; of threads there would be thousands, and writing them takes longer than
 * reading them: the first ones are written sooner. DynamoDB Local needs to be told nevertheless: what a page
 * costs there grows with the records it may hold, without a limit with all that are left of the range.
 */
const PAGE_RECORDS = { threads: 1_000, messages: 5_000 } as const;

/** Conversations' tables, open for reading. */
export interface SourceTables {
  /** One for each, with the pace that its table bears. */
  readonly clients: Readonly<Record<SourceTable, DynamoDBDocumentClient>>;
  /** The one for messages, for what is read as DynamoDB writes it. */
  readonly plainMessages: DynamoDBClient;
  readonly threads: string;
  readonly messages: string;
  readonly pageRecords: Readonly<Record<SourceTable, number>>;
  /** For pauses before keys that DynamoDB left over are asked for again. */
  readonly clock: Clock;
  /** Ends all connections; a second call does nothing. */
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * Few: what is not answered then is tried again by whoever asked, with longer pauses than the SDK's. Of a table that throttles
 * all of these wait for the same bucket, so that more of them do not mean more requests.
 */
const ATTEMPTS = 3;

const nothing = (): void => undefined;
/**
 * For a logger that has `info` the SDK makes a censored copy of every answer, which costs a fifth of all the reading; it asks whether
 * there is one before.
 */
const WITHOUT_INFO = { trace: nothing, debug: nothing, warn: nothing, error: nothing } as unknown as Logger;

/** Opens nothing yet: the first query connects, and assumes the role where there is one. */
export function openSourceTables(options: SourceTablesOptions = {}): SourceTables {
  // On Node 20 the SDK warns at the first client that it will want 22; the warning must not hide what people read.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const threads = clientFor('threads', options);
  const messages = clientFor('messages', options);
  return {
    clients: { threads: documentsOf(threads), messages: documentsOf(messages) },
    plainMessages: messages,
    threads: options.threadsTable ?? 'threads',
    messages: options.messagesTable ?? 'messages',
    pageRecords:
      options.pageRecords === undefined
        ? PAGE_RECORDS
        : { threads: options.pageRecords, messages: options.pageRecords },
    clock: options.clock ?? systemClock,
    close: () => {
      threads.destroy();
      messages.destroy();
    },
  };
}

/**
 * The SDK's adaptive mode is a token bucket for each client: after the first throttled answer requests wait for a token before they
 * are sent. Its rate falls to 0.7 at each throttled answer and comes back by CUBIC (RFC 8312), as AWS specifies for all its SDKs.
 */
function clientFor(table: SourceTable, options: SourceTablesOptions): DynamoDBClient {
  const { region, endpoint, roleArn, onThrottled } = options;
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? 128 };
  const client = new DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(roleArn === undefined ? {} : { credentials: assumedRole(roleArn, region) }),
    retryMode: 'adaptive',
    maxAttempts: ATTEMPTS,
    logger: WITHOUT_INFO,
    requestHandler: {
      httpAgent: agent,
      httpsAgent: agent,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  if (onThrottled) tellThrottled(client, () => onThrottled(table));
  return client;
}

function tellThrottled(client: DynamoDBClient, tell: () => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottled(error)) tell();
        throw error;
      }
    },
    // Below the retries: each attempt comes by.
    { name: 'tellThrottled', step: 'finalizeRequest', priority: 'low' },
  );
}

function documentsOf(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } });
}
