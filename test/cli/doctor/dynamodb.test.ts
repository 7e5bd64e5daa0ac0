import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { dynamodb } from '../../../cli/doctor/checks/dynamodb.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { newSourceTables } from '../../activities/conversations/import/source-tables.js';
import { dynamodbEndpoint, stackEnv } from '../../support/servers.js';
import { findings } from './doctor.js';

const of = ({ threads, messages }: Pick<SourceTables, 'threads' | 'messages'>) => ({
  AWS_REGION: stackEnv().AWS_REGION,
  DYNAMODB_ENDPOINT: dynamodbEndpoint(),
  CONVERSATIONS_THREADS_TABLE: threads,
  CONVERSATIONS_MESSAGES_TABLE: messages,
});

describe("the source's tables", () => {
  it('are fine with their indexes and streams', async () => {
    const tables = await newSourceTables({ streams: true });
    expect(await findings(dynamodb, of(tables))).toEqual([
      {
        state: 'ok',
        what: `The tables ${tables.threads} and ${tables.messages} and their indexes can be queried.`,
      },
      { state: 'ok', what: 'Both tables have streams with the state before and after.' },
    ]);
    expect(await findings(dynamodb, { ...of(tables), CONVERSATIONS_STREAMS: 'off' })).toContainEqual({
      state: 'ok',
      what: 'CONVERSATIONS_STREAMS is off: changes are found by polling.',
    });
    tables.close();
  });

  it('have no streams: a warning with the command that turns them on', async () => {
    const tables = await newSourceTables();
    expect((await findings(dynamodb, of(tables))).slice(1)).toMatchObject([
      {
        state: 'warning',
        what: expect.stringContaining(`The table ${tables.threads} has no stream.`),
        fix: `aws dynamodb update-table --table-name ${tables.threads} --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES`,
      },
      { state: 'warning', what: expect.stringContaining(tables.messages) },
    ]);
    tables.close();
  });

  it('lack an index, or are not there', async () => {
    const tables = await newSourceTables();
    const client = new DynamoDBClient({ endpoint: dynamodbEndpoint(), region: stackEnv().AWS_REGION });
    await client.send(new DeleteTableCommand({ TableName: tables.messages }));
    const missing = await findings(dynamodb, of(tables));
    expect(missing).toMatchObject([{ state: 'wrong', what: expect.stringContaining(tables.messages) }]);
    await client.send(
      new CreateTableCommand({
        TableName: tables.messages,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['thread_id', 'sent_at'].map((name) => ({
          AttributeName: name,
          AttributeType: 'S',
        })),
        KeySchema: [
          { AttributeName: 'thread_id', KeyType: 'HASH' },
          { AttributeName: 'sent_at', KeyType: 'RANGE' },
        ],
      }),
    );
    expect(await findings(dynamodb, of(tables))).toMatchObject([
      {
        state: 'wrong',
        what: `The table ${tables.messages} has the keys thread_id and sent_at, not thread_id and message_key.`,
        fix: expect.stringContaining('CONVERSATIONS_MESSAGES_TABLE'),
      },
      { state: 'wrong', what: `The table ${tables.messages} has no index by_brand.` },
    ]);
    client.destroy();
    tables.close();
  });

  it('are not reached at a port where nobody listens', async () => {
    const environment = { ...of({ threads: 'a', messages: 'b' }), DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' };
    expect(await findings(dynamodb, environment)).toMatchObject([
      { state: 'wrong', what: expect.stringMatching(/describing the table [ab] /) },
    ]);
  });
});
