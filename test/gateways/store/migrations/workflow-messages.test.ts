import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  writeAccountRow,
  writeBrandRows,
} from '../../../../gateways/store/conversations/account/payload-rows.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import {
  type Deliver,
  deliverOpenMessages,
  outboxStanding,
  retryOpenMessages,
} from '../../../../gateways/store/migrations/outbox.js';
import {
  type WorkflowMessage,
  addWorkflowMessages,
  wasJustSent,
} from '../../../../gateways/store/migrations/workflow-messages.js';
import { type TestDatabase, testDatabase } from '../../../support/servers.js';
import { nextTurn } from '../../../support/next-turn.js';

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
const messageTo = (workflow: string, signal: 'start' | 'pause' | 'cancel' = 'start'): WorkflowMessage => ({
  migration: { kind: 'conversations', subject: 'acc_1' },
  workflowId: workflow,
  signal,
  payload: steering,
});
const add = (...messages: WorkflowMessage[]) =>
  transaction(store.control, 'test', async (tx) => {
    for (const message of messages) await addWorkflowMessages(tx, [message]);
  });

const countOpenMessages = async () => (await outboxStanding(store.pool)).waiting;
const firstRow = () => store.prisma.workflowMessage.findFirstOrThrow({ orderBy: { id: 'asc' } });
/** Rounds until one delivers nothing, as a process makes them. */
async function drain(deliver: Deliver, leaseMs?: number): Promise<void> {
  for (;;) {
    const options = { limit: 3, ...(leaseMs === undefined ? {} : { leaseMs }) };
    if ((await deliverOpenMessages(store.pool, deliver, options)).delivered === 0) return;
  }
}

test('a message is delivered unchanged', async () => {
  await add(messageTo('w1', 'pause'));
  const got: WorkflowMessage[] = [];
  await drain(async (message) => {
    got.push(message);
    return 'delivered';
  });
  expect(got).toEqual([messageTo('w1', 'pause')]);
  expect(await countOpenMessages()).toBe(0);
});

test('a message arrives with the names of its account and, where it is about one, its brand, as they are then', async () => {
  const orderAgain: WorkflowMessage = {
    migration: { kind: 'conversations', subject: 'acc_1' },
    workflowId: 'w2',
    signal: 'order-again',
    unit: 'br_1',
    payload: { channelId: 'ch_1' },
  };
  const take = (accountId: string, name: string, brand: string, brandName: string) =>
    transaction(store.control, 'test', async (tx) => {
      const rowId = await writeAccountRow(tx, { accountId, name });
      await writeBrandRows(tx, rowId, [
        { brand_id: brand, name: brandName, website_url: null, channels: [] },
      ]);
    });
  await take('acc_1', 'Acme', 'br_1', 'South');
  await take('acc_2', 'Other', 'br_2', 'Theirs');
  const theirs = { ...orderAgain, workflowId: 'w3', unit: 'br_2' };
  await add(messageTo('w1'), orderAgain, theirs);
  await take('acc_1', 'Acme Dental', 'br_1', 'North');
  const got = new Map<string, unknown>();
  await drain(async ({ workflowId, names }) => {
    got.set(workflowId, names);
    return 'delivered';
  });
  expect(Object.fromEntries(got)).toEqual({
    w1: { subject: 'Acme Dental' },
    w2: { subject: 'Acme Dental', unit: 'North' },
    w3: { subject: 'Acme Dental' },
  });
});

test('each message is delivered by one of several processes, and a workflow’s messages in their order', async () => {
  const workflows = ['w1', 'w2', 'w3', 'w4', 'w5'];
  for (const signal of ['start', 'pause', 'cancel'] as const) {
    await add(...workflows.map((workflow) => messageTo(workflow, signal)));
  }
  const got: Record<string, string[]> = {};
  const deliver = async ({ workflowId, signal }: WorkflowMessage): Promise<string> => {
    (got[workflowId] ??= []).push(`${signal} begins`);
    // The others come by meanwhile.
    await store.pool.query('SELECT 1');
    await nextTurn();
    got[workflowId]?.push(`${signal} ends`);
    return 'delivered';
  };
  while ((await countOpenMessages()) > 0) await Promise.all([drain(deliver), drain(deliver), drain(deliver)]);
  const inOrder = ['start', 'pause', 'cancel'].flatMap((signal) => [`${signal} begins`, `${signal} ends`]);
  expect(got).toEqual(Object.fromEntries(workflows.map((workflow) => [workflow, inOrder])));
});

test('a message that cannot be delivered stays, holds up only its own workflow, and is retried', async () => {
  await add(messageTo('ill'), messageTo('ill', 'pause'), messageTo('well'));
  const got: string[] = [];
  const deliver = (broken: boolean) => async (message: WorkflowMessage) => {
    if (broken && message.workflowId === 'ill') throw new Error('Temporal is away');
    got.push(`${message.workflowId} ${message.signal}`);
    return 'delivered';
  };
  const round = await deliverOpenMessages(store.pool, deliver(true), { limit: 10 });
  expect([round.delivered, round.errors.length]).toEqual([1, 1]);
  const row = await store.prisma.workflowMessage.findFirstOrThrow({ where: { signal: 'start' } });
  expect(row).toMatchObject({ deliveredAt: null, tries: 1, outcome: 'not delivered: Error' });
  await drain(deliver(false));
  expect(got).toEqual(['well start', 'ill start', 'ill pause']);
});

test('a message of a process that died is delivered by others once its claim expires, and the dead process settles nothing later', async () => {
  await add(messageTo('w1'), messageTo('w1', 'pause'));
  let wake: (outcome: string) => void = () => undefined;
  const frozen = deliverOpenMessages(
    store.pool,
    () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    { limit: 10, leaseMs: 0 },
  );
  await vi.waitFor(async () => expect((await firstRow()).tries).toBe(1));
  const got: string[] = [];
  await drain(async ({ signal }) => {
    got.push(signal);
    return 'delivered';
  });
  expect(got).toEqual(['start', 'pause']);
  wake('not-running');
  await frozen;
  expect(await firstRow()).toMatchObject({ outcome: 'delivered', tries: 2 });
});

test('no transaction is open while messages are being delivered', async () => {
  await add(messageTo('w1'));
  const open: number[] = [];
  await drain(async () => {
    const { rows } = await store.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    open.push(rows[0]?.count ?? -1);
    return 'delivered';
  });
  expect(open).toEqual([0]);
});

/** Milliseconds until a message is retried that has failed again after so many tries. */
const WAITS = { 0: 0, 1: 1_000, 3: 4_000, 30: 60_000 };
const clock = async () =>
  (await store.pool.query<{ at: Date }>('SELECT clock_timestamp() AS at')).rows[0]?.at.getTime() ?? 0;

test('fifty undeliverable messages hold up no others, and wait longer each time', async () => {
  await add(...Array.from({ length: 50 }, (_, n) => messageTo(`ill_${n}`)));
  await add(...Array.from({ length: 20 }, (_, n) => messageTo(`well_${n}`)));
  const got: string[] = [];
  const deliver: Deliver = async ({ workflowId }) => {
    if (workflowId.startsWith('ill')) throw new Error('It cannot be encoded');
    got.push(workflowId);
    return 'delivered';
  };
  for (let round = 0; round < 4; round += 1) await deliverOpenMessages(store.pool, deliver, { limit: 20 });
  expect(got).toHaveLength(20);

  const waits: { tries: number; early: boolean; late: boolean }[] = [];
  for (const tries of [0, 1, 3, 30] as const) {
    await store.pool.query(
      `UPDATE carryover.workflow_messages SET tries = $1, next_try_at = '2020-01-01' WHERE delivered_at IS NULL`,
      [tries],
    );
    const before = await clock();
    await deliverOpenMessages(store.pool, deliver, { limit: 1 });
    const { rows } = await store.pool.query<{ at: Date }>(
      'SELECT next_try_at AS at FROM carryover.workflow_messages WHERE tries = $1 AND delivered_at IS NULL',
      [tries + 1],
    );
    const next = rows[0]?.at.getTime() ?? 0;
    // Not before the wait has passed since the round began, nor later than the wait after it ended.
    waits.push({ tries, early: next - before >= WAITS[tries], late: next - (await clock()) > WAITS[tries] });
  }
  expect(waits).toEqual([0, 1, 3, 30].map((tries) => ({ tries, early: true, late: false })));
});

test('a message that is refused for good is set aside and counted, and holds up no others', async () => {
  await add(messageTo('w1'), messageTo('w1', 'pause'));
  await drain(async ({ signal }) => (signal === 'start' ? { refused: 'id too long' } : 'delivered'));
  expect(await outboxStanding(store.pool)).toEqual({ waiting: 0, oldestSeconds: 0, refused: 1 });
  expect(await firstRow()).toMatchObject({ outcome: 'refused: id too long', deliveredAt: null });
});

test('once Temporal answers again, everything that failed is due at once, except what is being delivered', async () => {
  await add(messageTo('w1'), messageTo('w2'));
  await store.pool.query(
    "UPDATE carryover.workflow_messages SET tries = 9, outcome = 'not delivered: Error', next_try_at = now() + interval '1 hour'",
  );
  const got: string[] = [];
  const deliver: Deliver = async ({ workflowId }) => {
    got.push(workflowId);
    await retryOpenMessages(store.pool);
    await deliverOpenMessages(store.pool, deliver, { limit: 10 });
    return 'delivered';
  };
  expect((await deliverOpenMessages(store.pool, deliver, { limit: 10 })).delivered).toBe(0);
  await retryOpenMessages(store.pool);
  await deliverOpenMessages(store.pool, deliver, { limit: 1 });
  expect(got.toSorted()).toEqual(['w1', 'w2']);
});

test('a message counts as just sent until another follows or a status changes', async () => {
  const said = (signal: 'start' | 'cancel', seconds = 60) =>
    transaction(store.control, 'test', (tx) => wasJustSent(tx, messageTo('w1', signal), seconds));
  expect(await said('start')).toBe(false);
  await store.pool.query(
    `INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
     VALUES ('conversations', 'acc_1', '{}', 1, clock_timestamp())`,
  );
  await add(messageTo('w1'), messageTo('w2', 'cancel'));
  expect([await said('start'), await said('start', 0), await said('cancel')]).toEqual([true, false, false]);
  await add(messageTo('w1', 'cancel'));
  expect(await said('start')).toBe(false);
  await add(messageTo('w1'));
  await store.pool.query(`UPDATE carryover.status_documents SET changed_at = clock_timestamp()`);
  expect(await said('start')).toBe(false);
});
