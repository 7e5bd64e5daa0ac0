import { mkdir } from 'node:fs/promises';
import { untilHttpAnswers, type DynamoPlace, type DynamoServer } from './dynamo-server.js';
import { requireFromHere } from '../paths.js';
import { startServer } from '../server-process.js';

/** Starts dynalite, which needs only Node, on loopback. Without `dataPath` its data is gone when it ends. */
export async function startDynalite({ folder, dataPath, signal }: DynamoPlace): Promise<DynamoServer> {
  const port = await folder.port('dynamodb');
  const endpoint = `http://127.0.0.1:${port}`;
  if (dataPath) await mkdir(dataPath, { recursive: true });
  const storage = dataPath ? ['--path', dataPath] : [];
  const server = await startServer(
    {
      name: 'dynalite',
      command: process.execPath,
      args: [
        requireFromHere.resolve('dynalite/cli.js'),
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        ...storage,
      ],
      cwd: folder.path,
      ready: () => untilHttpAnswers(endpoint),
      advice: 'Run npm ci again if its files are missing.',
    },
    folder,
    signal,
  );
  return { ...server, endpoint, isLocal: false };
}
