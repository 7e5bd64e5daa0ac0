import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Store, inTransaction, openStore } from '../../../gateways/store/connect.js';
import {
  type WorkflowMessage,
  addWorkflowMessage,
  countOpenMessages,
  deliverOpenMessages,
  wasJustSaid,
} from '../../../gateways/store/workflow-messages.js';
import { type TestDatabase, testDatabase } from '../../support/servers.js';

let database: TestDatabase;
let store: Store;
beforeEach(async () => {
  database = await testDatabase();
  store = openStore(database.url, { max: 8 });
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

const steering = { by: 'somebody', at: '2026-03-01T10:00:00.000Z' };
const messageTo = (workflow: string, kind: 'start' | 'pause' | 'cancel' = 'start'): WorkflowMessage => ({
  accountId: 'acc_1',
  workflowId: workflow,
  kind,
  payload: steering,
});
const add = (...messages: WorkflowMessage[]) =>
  inTransaction(store, async (tx) => {
    for (const message of messages) await addWorkflowMessage(tx, message);
  });

/** Rounds until one finds nothing, as a process makes them. */
async function drain(deliver: (message: WorkflowMessage) => Promise<string>): Promise<void> {
  for (;;) {
    const { delivered, errors } = await deliverOpenMessages(store.pool, deliver, 3);
    if (delivered === 0 || errors.length > 0) return;
  }
}

test('a message arrives as it was written', async () => {
  await add(messageTo('w1', 'pause'));
  const got: WorkflowMessage[] = [];
  await drain(async (message) => {
    got.push(message);
    return 'delivered';
  });
  expect(got).toEqual([messageTo('w1', 'pause')]);
  expect(await countOpenMessages(store.pool)).toBe(0);
});

test('of several processes each message is delivered by one, and a workflow’s messages in their order', async () => {
  const workflows = ['w1', 'w2', 'w3', 'w4', 'w5'];
  for (const kind of ['start', 'pause', 'cancel'] as const) {
    await add(...workflows.map((workflow) => messageTo(workflow, kind)));
  }
  const got: Record<string, string[]> = {};
  const deliver = async ({ workflowId, kind }: WorkflowMessage): Promise<string> => {
    (got[workflowId] ??= []).push(`${kind} begins`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    got[workflowId]?.push(`${kind} ends`);
    return 'delivered';
  };
  while ((await countOpenMessages(store.pool)) > 0)
    await Promise.all([drain(deliver), drain(deliver), drain(deliver)]);
  const inOrder = ['start', 'pause', 'cancel'].flatMap((kind) => [`${kind} begins`, `${kind} ends`]);
  expect(got).toEqual(Object.fromEntries(workflows.map((workflow) => [workflow, inOrder])));
});

test('what cannot be delivered stays, holds up its own workflow alone, and is tried again', async () => {
  await add(messageTo('ill'), messageTo('ill', 'pause'), messageTo('well'));
  const got: string[] = [];
  const deliver = (broken: boolean) => async (message: WorkflowMessage) => {
    if (broken && message.workflowId === 'ill') throw new Error('Temporal is away');
    got.push(`${message.workflowId} ${message.kind}`);
    return 'delivered';
  };
  const round = await deliverOpenMessages(store.pool, deliver(true), 10);
  expect([round.delivered, round.errors.length]).toEqual([1, 1]);
  const row = await store.prisma.workflowMessage.findFirstOrThrow({ where: { kind: 'start' } });
  expect(row).toMatchObject({ deliveredAt: null, tries: 1, outcome: 'not delivered: Error' });
  await drain(deliver(false));
  expect(got).toEqual(['well start', 'ill start', 'ill pause']);
});

test('a process that dies while it delivers leaves the message to others', async () => {
  await add(messageTo('w1'));
  const dying = deliverOpenMessages(
    store.pool,
    async () => {
      await store.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return 'delivered';
    },
    10,
  );
  await expect(dying).rejects.toMatchObject({ type: 'StoreUnavailable' });
  expect(await countOpenMessages(store.pool)).toBe(1);
  await drain(async () => 'delivered');
  expect(await countOpenMessages(store.pool)).toBe(0);
});

test('a word was just said until something is said after it or a status has changed since', async () => {
  const said = (kind: 'start' | 'cancel', seconds = 60) =>
    inTransaction(store, (tx) => wasJustSaid(tx, messageTo('w1', kind), seconds));
  expect(await said('start')).toBe(false);
  await store.pool.query(`INSERT INTO status_documents VALUES ('acc_1', '{}', 1, clock_timestamp())`);
  await add(messageTo('w1'), messageTo('w2', 'cancel'));
  expect([await said('start'), await said('start', 0), await said('cancel')]).toEqual([true, false, false]);
  await add(messageTo('w1', 'cancel'));
  expect(await said('start')).toBe(false);
  await add(messageTo('w1'));
  await store.pool.query(`UPDATE status_documents SET changed_at = clock_timestamp()`);
  expect(await said('start')).toBe(false);
});
