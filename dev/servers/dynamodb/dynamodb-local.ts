import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, fromCache, type FindOptions } from '../cached.js';
import { untilHttpAnswers, type DynamoPlace, type DynamoServer } from './dynamo-server.js';
import { copyWithDependencies, hasMaven } from '../maven.js';
import { findProgram, projectRoot } from '../paths.js';
import { startServer } from '../server-process.js';
import { lastLines, runTool } from '../tools.js';

const ARTIFACT = { groupId: 'com.amazonaws', artifactId: 'DynamoDBLocal', version: '2.6.1' };
const CACHE_NAME = `dynamodb-local-${ARTIFACT.version}`;
const MAIN_CLASS = 'LoopbackServer';

/** Whether AWS's DynamoDB Local can run on this machine: it is cached, or it can be fetched and its launcher compiled. */
export function canRunDynamoDbLocal(): boolean {
  if (!findProgram('java')) return false;
  return fromCache(CACHE_NAME) !== undefined || (hasMaven() && findProgram('javac') !== undefined);
}

/** The folder with DynamoDB Local, which is fetched if it is not cached. */
export function findDynamoDbLocal(options: FindOptions): Promise<string> {
  return cached(CACHE_NAME, (folder) => obtain(folder, options), options);
}

async function obtain(folder: string, { log, signal }: FindOptions): Promise<void> {
  log('Fetching DynamoDB Local with Maven. This happens once and takes about half a minute …');
  await copyWithDependencies(ARTIFACT, folder, signal);
  const source = join(projectRoot(), 'dev', 'servers', 'dynamodb', `${MAIN_CLASS}.java`);
  const args = ['--release', '17', '-cp', join(folder, 'lib', '*'), '-d', join(folder, 'classes'), source];
  const result = await runTool('javac', args, { signal });
  if (!result.ok)
    throw new Error(`The launcher of DynamoDB Local could not be compiled:\n${lastLines(result.output)}`);
}

/** Without the optimizing compiler, which pays off too late: the demo of 42,000 records takes 62 s of two cores instead of 75. */
const SHORT_LIVED = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Starts DynamoDB Local on loopback. Without `dataPath` its data is gone when it ends. */
export async function startDynamoDbLocal(program: string, place: DynamoPlace): Promise<DynamoServer> {
  const { folder, dataPath, shortLived, signal } = place;
  const lib = join(program, 'lib');
  const port = await folder.port('dynamodb');
  const endpoint = `http://127.0.0.1:${port}`;
  if (dataPath) await mkdir(dataPath, { recursive: true });
  const java = [
    '-Xmx1g',
    ...(shortLived ? SHORT_LIVED : []),
    `-Djava.library.path=${lib}`,
    '-cp',
    `${join(lib, '*')}:${join(program, 'classes')}`,
  ];
  const storage = dataPath ? ['-dbPath', dataPath] : ['-inMemory'];
  const server = await startServer(
    {
      name: 'DynamoDB Local',
      command: 'java',
      args: [...java, MAIN_CLASS, '-port', String(port), '-sharedDb', '-disableTelemetry', ...storage],
      cwd: folder.path,
      ready: () => untilHttpAnswers(endpoint),
      advice: 'It needs Java 17 or newer; see java -version.',
    },
    folder,
    signal,
  );
  return { ...server, endpoint, isLocal: true };
}
