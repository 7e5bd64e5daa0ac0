import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { openDataFolder } from '../../../dev/servers/data-folder.js';
import { untilHttpAnswers } from '../../../dev/servers/dynamodb/dynamo-server.js';
import { findDynamoDbLocal } from '../../../dev/servers/dynamodb/dynamodb-local.js';
import { startServer } from '../../../dev/servers/server-process.js';
import { closedFolder } from '../stack-command.js';

export interface ControlledDynamoDB {
  readonly endpoint: string;
  /** Closes all shards of all streams; their changes go on in new ones. */
  rollOver(): Promise<void>;
  /** Makes all records of all streams older. */
  age(hours: number): Promise<void>;
  stop(): Promise<void>;
}

/** A DynamoDB Local of its own whose streams can be made to roll over and to forget. */
export async function startControlledDynamoDB(): Promise<ControlledDynamoDB> {
  const closed = await closedFolder();
  const folder = await openDataFolder(closed.path);
  const program = await findDynamoDbLocal({ log: () => undefined });
  const port = await folder.port('dynamodb');
  const endpoint = `http://127.0.0.1:${port}`;
  const lib = join(program, 'lib');
  const source = join(import.meta.dirname, 'ControlledServer.java');
  const server = await startServer(
    {
      name: 'DynamoDB Local',
      command: 'java',
      args: [
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        `-Djava.library.path=${lib}`,
        '-cp',
        join(lib, '*'),
        source,
        ...['-port', String(port), '-sharedDb', '-disableTelemetry', '-inMemory'],
      ],
      cwd: folder.path,
      ready: () => untilHttpAnswers(endpoint),
      advice: 'It needs Java 17 or newer; see java -version.',
    },
    folder,
  );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const control = async (action: Record<string, string>): Promise<void> => {
    const item = Object.entries(action).map(([name, value]) => [name, { S: value }] as const);
    await client.send(new PutItemCommand({ TableName: '[TEST_CONTROL]', Item: Object.fromEntries(item) }));
  };
  return {
    endpoint,
    rollOver: () => control({ ACTION: 'ROLLOVER' }),
    age: (hours) => control({ ACTION: 'DILATE_TIME', HOURS: String(hours) }),
    async stop() {
      client.destroy();
      await server.stop();
      await folder.release();
      await closed.remove();
    },
  };
}
