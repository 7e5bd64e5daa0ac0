import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { assumedRole } from '../aws/assumed-role.js';

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
  /** Records in a page at most; default 5,000. */
  readonly pageRecords?: number | undefined;
}

/**
 * A page is full at 1 MB, which is less than this many records. DynamoDB Local needs to be told nevertheless: what a page
 * costs there grows with the records it may hold, without a limit with all that are left of the range.
 */
const PAGE_RECORDS = 5_000;

/** Conversations' tables, open for reading. */
export interface SourceTables {
  readonly client: DynamoDBDocumentClient;
  readonly threads: string;
  readonly messages: string;
  readonly pageRecords: number;
  /** Ends all connections; a second call does nothing. */
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Few: what is not answered then is tried again by whoever asked, with longer pauses than the SDK's. */
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
  const { region, endpoint, roleArn } = options;
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? 128 };
  const client = new DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(roleArn === undefined ? {} : { credentials: assumedRole(roleArn, region) }),
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
  return {
    client: DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } }),
    threads: options.threadsTable ?? 'threads',
    messages: options.messagesTable ?? 'messages',
    pageRecords: options.pageRecords ?? PAGE_RECORDS,
    close: () => client.destroy(),
  };
}
