import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FindOptions } from '../cached.js';
import type { DataFolder } from '../data-folder.js';
import { startDynalite } from './dynalite.js';
import { canRunDynamoDbLocal, findDynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.js';
import type { DynamoServer } from './dynamo-server.js';

/** `local` is AWS's DynamoDB Local, which needs Java; `auto` takes it if it is available, and dynalite otherwise. */
export type DynamoChoice = 'auto' | 'local' | 'dynalite';

export interface DynamoOptions extends FindOptions {
  folder: DataFolder;
  choice: DynamoChoice;
  /** Its data is gone when it ends. */
  inMemory?: boolean;
  /** It starts twice as fast and needs less CPU time at first; a server that is under load for minutes is faster without. */
  shortLived?: boolean;
}

/** Starts a DynamoDB without tables. A folder with data of one of the two servers keeps that server. */
export async function startDynamoDb(options: DynamoOptions): Promise<DynamoServer> {
  const { folder, inMemory, shortLived, signal } = options;
  const localPath = join(folder.path, 'dynamodb-local');
  const dynalitePath = join(folder.path, 'dynalite');
  const program = existsSync(dynalitePath) ? undefined : await localProgram(options, existsSync(localPath));
  if (program)
    return startDynamoDbLocal(program, {
      folder,
      dataPath: inMemory ? undefined : localPath,
      shortLived,
      signal,
    });
  return startDynalite({ folder, dataPath: inMemory ? undefined : dynalitePath, signal });
}

async function localProgram(options: DynamoOptions, hasData: boolean): Promise<string | undefined> {
  const { choice, log, signal } = options;
  if (choice === 'dynalite' && !hasData) return undefined;
  const required = choice === 'local' || hasData;
  if (!canRunDynamoDbLocal()) {
    if (required)
      throw new Error('DynamoDB Local needs Java 17, its compiler (a JDK) and Maven: install them.');
    log('No Java 17 with Maven here: dynalite takes the place of DynamoDB Local.');
    return undefined;
  }
  try {
    return await findDynamoDbLocal(options);
  } catch (error) {
    if (required || signal?.aborted) throw error;
    log(`${(error as Error).message}\ndynalite takes the place of DynamoDB Local.`);
    return undefined;
  }
}
