import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyMigrations } from '../../gateways/store/sql/migrate.js';
import type { Log } from './cached.js';
import { makePassable, openDataFolder, type DataFolder, type StartedServer } from './data-folder.js';
import type { DynamoServer } from './dynamodb/dynamo-server.js';
import { startDynamoDb, type DynamoChoice } from './dynamodb/dynamodb.js';
import { startGuardian, type Guardian } from './guardian.js';
import { memoryFolder } from './memory-folder.js';
import { removeDataFolder } from './postgres/postgres-home.js';
import { startPostgres, type PostgresServer } from './postgres/postgres.js';
import { startRedis } from './redis/redis.js';
import { ServerGroup } from './server-group.js';
import { readTemporalConfig } from './temporal/temporal-config.js';
import { keepTemporalUp, startTemporal, type TemporalServer } from './temporal/temporal.js';

export interface StackOptions {
  /** The folder for all data; default: a temporary folder that is deleted at the end. */
  dataDir?: string | undefined;
  /** Reports what takes long; default: standard error. */
  log?: Log;
  dynamodb?: DynamoChoice;
  /** Starts Redis, too. */
  redis?: boolean;
  /** For tests: faster, and data may be lost in a crash. */
  inMemory?: boolean;
  /** Aborts the start; what was started by then is stopped. */
  signal?: AbortSignal | undefined;
  /** If set, a Temporal that dies or no longer answers is restarted, and this is called with the reason. */
  onRestart?: ((why: string) => void) | undefined;
}

export interface Stack {
  /** The addresses, by the names of the processes' variables. */
  env: StackEnvironment;
  /** Set if `redis` was requested. */
  redisUrl: string | undefined;
  /** DynamoDB is AWS's DynamoDB Local, which has streams and transactions; dynalite has neither. */
  dynamodbLocal: boolean;
  /** Resolves with a sentence that names the server when one of them dies; never rejects. */
  died: Promise<string>;
  /** Stops all servers and waits for their ends; a second call waits for the same end. */
  stop(): Promise<void>;
}

export type StackEnvironment = Record<
  | 'DATABASE_URL'
  | 'TEMPORAL_ADDRESS'
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_UI_URL'
  | 'DYNAMODB_ENDPOINT'
  | 'AWS_REGION'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY',
  string
>;

const toStandardError: Log = (message) => void process.stderr.write(`${message}\n`);

/**
 * Starts Temporal, PostgreSQL with the schema, and DynamoDB without tables, concurrently, on free ports of loopback.
 *
 * 1. Lock the data folder, and end what a killed stack left running in it.
 * 2. Start all three; if one fails, stop the others and throw its error.
 * 3. Apply the schema.
 *
 * If this process is killed, a guardian ends its servers.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const config = readTemporalConfig();
  const guardian = startGuardian();
  const servers = new ServerGroup(options.signal);
  let place: Place | undefined;
  const end = async (): Promise<void> => {
    await servers.stop();
    await place?.giveBack();
    guardian.done();
  };
  try {
    place = await takePlace(options, guardian);
    const log = options.log ?? toStandardError;
    const common = { folder: place.folder, log, inMemory: options.inMemory ?? false, signal: servers.signal };
    const redis = options.redis
      ? servers.add(startRedis({ ...common, durable: options.dataDir !== undefined && !common.inMemory }))
      : undefined;
    const [temporal, postgres, dynamodb] = await servers.together([
      servers.add(
        options.onRestart === undefined
          ? startTemporal({ ...common, config })
          : keepTemporalUp({ ...common, config }, { onRestart: options.onRestart }),
      ),
      servers.add(startPostgres(common)),
      servers.add(
        startDynamoDb({ ...common, ...dynamoKind(options), shortLived: options.dynamodb !== 'local' }),
      ),
      ...(redis === undefined ? [] : [redis]),
    ]);
    const redisUrl = (await redis)?.url;
    await applyMigrations(postgres.databaseUrl);
    let stopped: Promise<void> | undefined;
    const env = environmentOf(temporal, postgres, dynamodb);
    const { isLocal } = dynamodb;
    return { env, redisUrl, dynamodbLocal: isLocal, died: servers.died(), stop: () => (stopped ??= end()) };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Chooses AWS's DynamoDB Local if its data may be lost. On disk it writes some 250 items a second and dynalite thousands (docs/decisions), so
 * dynalite keeps data that stays, unless the caller wants the other.
 */
function dynamoKind({ dataDir, dynamodb, inMemory }: StackOptions): {
  choice: DynamoChoice;
  inMemory: boolean;
} {
  const stays = dataDir !== undefined && inMemory !== true;
  return { choice: dynamodb ?? (stays ? 'dynalite' : 'auto'), inMemory: !stays };
}

interface Place {
  folder: DataFolder;
  giveBack(): Promise<void>;
}

/** The given folder, which stays, or a temporary one, which is deleted. */
async function takePlace({ dataDir, inMemory }: StackOptions, guardian: Guardian): Promise<Place> {
  const onStarted = (server: StartedServer): void => guardian.endLater(server);
  if (dataDir !== undefined) {
    const folder = await openDataFolder(dataDir, onStarted);
    return { folder, giveBack: () => folder.release() };
  }
  const path = await mkdtemp(join(inMemory ? await memoryFolder() : tmpdir(), 'carryover-stack-'));
  guardian.removeLater(path);
  await makePassable(path);
  return { folder: await openDataFolder(path, onStarted), giveBack: () => removeDataFolder(path) };
}

function environmentOf(
  temporal: TemporalServer,
  postgres: PostgresServer,
  dynamodb: DynamoServer,
): StackEnvironment {
  return {
    DATABASE_URL: postgres.databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_UI_URL: temporal.uiUrl,
    DYNAMODB_ENDPOINT: dynamodb.endpoint,
    AWS_REGION: 'us-east-1',
    // DynamoDB Local accepts any credentials of letters and digits.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}
