import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DescribeTableCommand, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DeleteCommand, type DynamoDBDocumentClient, paginateScan, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Arrivals, startArrivals } from '../../dev/sample/arrivals/arrivals.js';
import { type Change, keyOf, type Write, withChanges } from '../../dev/sample/arrivals/changes.js';
import { ArrivalsJournal } from '../../dev/sample/arrivals/journal.js';
import { nextChange } from '../../dev/sample/arrivals/next-change.js';
import type { PortOrder, PortStatus } from '../../dev/sample/carrier/orders.js';
import type { LooseItem } from '../../dev/sample/contract.js';
import {
  createSourceTables,
  sampleDocumentClient,
  seedDynamoDB,
  type SeedTarget,
} from '../../dev/sample/dynamodb.js';
import { generateAccount, portedNumbers } from '../../dev/sample/generator/account.js';
import { dynamodbEndpoint, stackEnv } from '../support/servers.js';
import { untilHolds } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';

const account = generateAccount({ now: new Date('2026-11-20T16:30:00.000Z'), seed: 5, threads: 60, messages: 600 }); // prettier-ignore
const PACE = 8_000;
const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  untilHolds(condition, { what, everyMs: 5 });

let folder: string;
let target: SeedTarget & { threadsTable: string; messagesTable: string };
let client: DynamoDBDocumentClient;
let clock: VirtualClock;
let orders: PortOrder[];
let troubles: unknown[];

beforeEach(async () => {
  const env = stackEnv();
  const suffix = randomBytes(4).toString('hex');
  folder = mkdtempSync(join(tmpdir(), 'arrivals-'));
  target = {
    endpoint: dynamodbEndpoint(),
    region: env.AWS_REGION,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    threadsTable: `threads_${suffix}`,
    messagesTable: `messages_${suffix}`,
    transactions: true,
  };
  client = sampleDocumentClient(target);
  clock = new VirtualClock('2026-11-20T17:00:00.000Z');
  orders = [];
  troubles = [];
  await seedDynamoDB(target, [account]);
});
afterEach(() => {
  client.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Arrivals =>
  startArrivals({
    account,
    dataDir: folder,
    dynamodb: target,
    orders: () => orders,
    everyMs: PACE,
    clock,
    onTrouble: (error) => troubles.push(error),
  });

/** Until it waits for its next turn, with everything written. */
const idle = () => until('it waits for its turn', () => clock.pending.length === 1);
const turn = async () => {
  await idle();
  await clock.advance(PACE);
  await idle();
};

function order(status: PortStatus, numbers = portedNumbers(account)): void {
  orders = numbers.map(
    (phone_number) => ({ account_id: account.accountId, phone_number, status }) as unknown as PortOrder,
  );
}

async function recordsOf(table: Write['table']): Promise<Map<string, LooseItem>> {
  const TableName = table === 'threads' ? target.threadsTable : target.messagesTable;
  const records = new Map<string, LooseItem>();
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
    for (const item of page.Items ?? []) records.set(keyOf(table, item), item);
  return records;
}

async function expectTablesToHold(changes: readonly Change[]): Promise<void> {
  const expected = withChanges(account, changes);
  for (const table of ['threads', 'messages'] as const) {
    const records = [...expected[table]()].map((record) => [keyOf(table, record), record] as const);
    expect(await recordsOf(table)).toEqual(new Map(records));
  }
}

describe('what still arrives at Conversations', () => {
  it('begins when a port is ordered, and ends when all are final', async () => {
    const arrivals = start();
    await turn();
    expect(arrivals.changes).toEqual([]);
    order('submitted');
    for (let turns = 0; turns < 12; turns += 1) await turn();
    expect(arrivals.changes).toHaveLength(12);
    await expectTablesToHold(arrivals.changes);

    const [first, ...others] = portedNumbers(account);
    orders = orders.map((each) => ({ ...each, status: each.phone_number === first ? 'complete' : 'foc' }));
    await turn();
    expect(arrivals.changes).toHaveLength(13);
    expect(others.length).toBeGreaterThan(0);
    order('complete');
    await clock.advance(PACE);
    await arrivals.ended;
    expect(arrivals.changes).toHaveLength(13);
    await expectTablesToHold(arrivals.changes);
    clock.assertIdle();
  });

  it('continues after a crash at any write, without repeating or missing one', async () => {
    order('foc');
    const ongoing = account.ongoing();
    for (let life = 0; life < 24; life += 1) {
      // Dies with the change in the journal and some of its writes done: none, one, or all.
      const journal = new ArrivalsJournal(folder, account.accountId);
      const at = clock.now();
      const change = nextChange(ongoing, journal.changes, { at, isReachable: () => true });
      journal.add(change!);
      for (const write of change!.writes.slice(0, life % (change!.writes.length + 1))) await put(write);

      const arrivals = start();
      await idle();
      expect(arrivals.changes).toHaveLength(journal.changes.length);
      await expectTablesToHold(arrivals.changes);
      await clock.advance(PACE);
      await idle();
      expect(arrivals.changes).toHaveLength(journal.changes.length + 1);
      await arrivals.stop();
      await expectTablesToHold(arrivals.changes);
    }
    expect(new ArrivalsJournal(folder, account.accountId).changes).toHaveLength(48);
    expect(troubles).toEqual([]);
  });

  it('has nothing to do in a world whose ports are complete', async () => {
    order('complete');
    const arrivals = start();
    await arrivals.ended;
    expect(arrivals.changes).toEqual([]);
    clock.assertIdle();
  });

  it('reports that a change cannot be written, and writes it in a later turn before any other', async () => {
    order('submitted');
    const arrivals = start();
    await turn();
    await dropMessages();
    await turn();
    await until('it tells', () => troubles.length === 1);
    await turn();
    expect(troubles).toHaveLength(2);
    expect(arrivals.changes).toHaveLength(2);
    await createSourceTables(client, target);
    await turn();
    expect([arrivals.changes.length, troubles.length]).toEqual([2, 2]);
    expect([...(await recordsOf('messages')).keys()]).toHaveLength(1);
    await arrivals.stop();
  });

  it('refuses an invalid journal, by its name', () => {
    const file = join(folder, `arrivals-${account.accountId}.json`);
    writeFileSync(file, '{"changes":[{"kind":"rumour"}]}');
    expect(() => start()).toThrow(`${file} does not hold the changes of a sample account`);
  });
});

describe('the streams of the sample tables', () => {
  it('begin after the records that were seeded', async () => {
    await seedDynamoDB({ ...target, streams: true }, [account]);
    const { endpoint, region, credentials } = target;
    const streams = new DynamoDBStreamsClient({ endpoint, region, credentials });
    for (const TableName of [target.threadsTable, target.messagesTable]) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      expect(Table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }); // prettier-ignore
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: Table?.LatestStreamArn })); // prettier-ignore
      expect(StreamDescription?.Shards).toHaveLength(1);
    }
    // A stream that is on stays as it is.
    await seedDynamoDB({ ...target, streams: true }, [account]);
    streams.destroy();
  });
});

async function put(write: Write): Promise<void> {
  const TableName = write.table === 'threads' ? target.threadsTable : target.messagesTable;
  if ('put' in write) await client.send(new PutCommand({ TableName, Item: write.put }));
  else await client.send(new DeleteCommand({ TableName, Key: write.remove }));
}

async function dropMessages(): Promise<void> {
  const table = { TableName: target.messagesTable };
  await client.send(new DeleteTableCommand(table));
  await waitUntilTableNotExists({ client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 }, table); // prettier-ignore
}
