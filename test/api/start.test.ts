import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inTransaction } from '../../gateways/store/connect.js';
import { beginStart } from '../../gateways/store/statuses.js';
import { openTemporal } from '../../gateways/temporal/client.js';
import { leadBrand } from '../gateways/store/world.js';
import { stackEnv } from '../support/servers.js';
import { payloadOf } from './conversations.js';
import { type World, apiWorld, meet, tokenFor } from './world.js';
import { completeOpenTask } from './temporal.js';

let world: World;
let service: string;
let operator: string;
let connection: Connection;
let client: Client;
/** Workflow ids are the namespace's, which other tests use too. */
const suffix = Math.random().toString(36).slice(2, 8);
const idOf = (name: string) => `acc_${name}_${suffix}`;
const idsOf = (name: string) => ({ brand: `br_${name}`, sms: `ch_${name}_1`, email: `ch_${name}_2` });
const start = (accountId: string, of = world) =>
  of.call('POST', '/v2/start-migration', { token: service, body: { account_id: accountId } });
const steer = (accountId: string, action: string, of = world) =>
  of.call('POST', `/v2/migrations/${accountId}/${action}`, { token: operator });
const messagesOf = (accountId: string, of = world) =>
  of.store.prisma.workflowMessage.findMany({ where: { accountSourceId: accountId }, orderBy: { id: 'asc' } });
const signalsOf = async (accountId: string) => {
  const history = await client.workflow.getHandle(`migration:${accountId}`).fetchHistory();
  return (history.events ?? []).flatMap(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? [],
  );
};

beforeAll(async () => {
  world = await apiWorld();
  service = await tokenFor('service');
  operator = await tokenFor('operator');
  connection = await Connection.connect({ address: stackEnv().TEMPORAL_ADDRESS });
  client = new Client({ connection, namespace: stackEnv().TEMPORAL_NAMESPACE });
});
afterAll(async () => {
  await connection.close();
  await world.close();
});

test('an account that is new here is met, and its workflow started by the time of the answer', async () => {
  const accountId = idOf('new');
  world.conversations.records.set(accountId, { name: 'New' });
  world.conversations.payloads.set(accountId, payloadOf(accountId, idsOf('new')));
  const answer = await start(accountId);
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({ account_id: accountId, migration_status: 'migrating' });
  const described = await client.workflow.getHandle(`migration:${accountId}`).describe();
  expect(described).toMatchObject({
    type: 'MigrationWorkflow',
    taskQueue: world.taskQueue,
    status: { name: 'RUNNING' },
  });
  expect(await described.staticSummary()).toContain(accountId);
  expect(await signalsOf(accountId)).toEqual(['start']);
  const status = await world.call('GET', `/v2/check-migration-status?account_id=${accountId}`, {
    token: service,
  });
  expect(status.json()).toMatchObject({ status: 'migrating', brands: { br_new: 'migrating' } });
});

test('two starts at the same moment, and one a moment later, start one workflow and say the same', async () => {
  const accountId = idOf('twice');
  await meet(world, accountId, idsOf('twice'));
  const answers = await Promise.all([start(accountId), start(accountId), start(accountId)]);
  answers.push(await start(accountId));
  expect(answers.map((answer) => [answer.statusCode, answer.json().migration_status])).toEqual(
    Array.from({ length: 4 }, () => [202, 'migrating']),
  );
  const runs: string[] = [];
  await vi.waitUntil(async () => {
    runs.length = 0;
    for await (const run of client.workflow.list({ query: `WorkflowId = "migration:${accountId}"` }))
      runs.push(run.runId);
    return runs.length > 0;
  });
  expect(runs).toHaveLength(1);
  expect(await signalsOf(accountId)).toEqual(['start']);
  const audited = await world.call('GET', `/v2/audit?account_id=${accountId}`, { token: operator });
  expect(audited.json().entries).toHaveLength(4);
});

test('nobody knows the account: 404; Conversations cannot be asked: 503 for a new one, 202 for one that is known', async () => {
  expect((await start(idOf('nobody'))).statusCode).toBe(404);
  const known = idOf('known');
  await meet(world, known, idsOf('known'));
  world.conversations.trouble = { status: 503, headers: { 'retry-after': '9' } };
  const fresh = await start(idOf('fresh'));
  const again = await start(known);
  world.conversations.trouble = undefined;
  expect(fresh.statusCode).toBe(503);
  expect(fresh.headers['retry-after']).toBe('9');
  expect(again.statusCode).toBe(202);
});

test('an impossible payload does not keep an account from being started: the work will say so', async () => {
  const accountId = idOf('odd');
  world.conversations.records.set(accountId, { name: 'Odd' });
  world.conversations.payloads.set(accountId, { brands: 7 });
  const answer = await start(accountId);
  expect(answer.statusCode).toBe(202);
  expect(answer.json().migration_status).toBe('migrating');
});

test('after a failure a start is a new word to the workflow, and the status is migrating at once', async () => {
  const accountId = idOf('failed');
  await meet(world, accountId, idsOf('failed'));
  await start(accountId);
  await leadBrand(world.store, accountId, 'br_failed', ['channel-failure']);
  const answer = await start(accountId);
  expect(answer.json().migration_status).toBe('migrating');
  expect(await signalsOf(accountId)).toEqual(['start', 'start']);
});

test('a workflow that failed is started again, one that completed is not', async () => {
  const accountId = idOf('ended');
  await meet(world, accountId, idsOf('ended'));
  await start(accountId);
  const handle = client.workflow.getHandle(`migration:${accountId}`);
  const first = (await handle.describe()).runId;
  await handle.terminate('the test ends it');
  await steer(accountId, 'retry');
  expect((await handle.describe()).runId).not.toBe(first);

  await completeOpenTask(connection, world.taskQueue, `migration:${accountId}`);
  const completed = (await handle.describe()).runId;
  expect((await steer(accountId, 'retry')).statusCode).toBe(202);
  expect((await handle.describe()).runId).toBe(completed);
  expect((await messagesOf(accountId)).at(-1)).toMatchObject({ outcome: 'completed' });
});

test('when all messages are migrated a start is 200, and whatever is said nothing happens', async () => {
  const accountId = idOf('done');
  await meet(world, accountId, idsOf('done'));
  await start(accountId);
  await leadBrand(world.store, accountId, 'br_done', ['recent-messages-migrated', 'all-messages-migrated']);
  const answer = await start(accountId);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ account_id: accountId, migration_status: 'all-messages-migrated' });
  for (const action of ['pause', 'cancel', 'resume', 'retry']) {
    const said = await steer(accountId, action);
    expect([said.statusCode, said.json().migration_status]).toEqual([202, 'all-messages-migrated']);
  }
  expect(await signalsOf(accountId)).toEqual(['start']);
});

test('pause, resume and cancel are flags in the store and words to the workflow, in this order, however often they are said', async () => {
  const accountId = idOf('steer');
  await meet(world, accountId, idsOf('steer'));
  await start(accountId);
  const view = async () =>
    (await world.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json();
  for (const action of ['pause', 'pause']) {
    const answer = await steer(accountId, action);
    expect([answer.statusCode, answer.json().account_id]).toEqual([202, accountId]);
    expect((await view()).paused).toMatchObject({ by: 'somebody-operator' });
  }
  await steer(accountId, 'resume');
  await steer(accountId, 'cancel');
  const { paused, cancelled } = await view();
  expect([paused, cancelled.by]).toEqual([null, 'somebody-operator']);
  expect(await signalsOf(accountId)).toEqual(['start', 'pause', 'pause', 'resume', 'cancel']);
  const audited = (await world.call('GET', `/v2/audit?account_id=${accountId}`, { token: operator })).json()
    .entries;
  expect(audited.map((entry: { action: string }) => entry.action)).toEqual([
    'cancel',
    'resume',
    'pause',
    'pause',
    'start',
  ]);
  // A start takes the cancellation back.
  await start(accountId);
  expect((await world.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json().cancelled).toBe(
    null,
  );
  expect((await signalsOf(accountId)).at(-1)).toBe('start');
});

test('what was never started cannot be steered, and what is not there neither', async () => {
  const accountId = idOf('still');
  await meet(world, accountId, idsOf('still'));
  for (const action of ['pause', 'resume', 'cancel']) {
    expect((await steer(accountId, action)).statusCode).toBe(409);
    expect((await steer(idOf('nobody'), action)).statusCode).toBe(404);
  }
  expect((await steer(idOf('nobody'), 'retry')).statusCode).toBe(404);
});

test('a cancel that finds no workflow is carried out all the same', async () => {
  const accountId = idOf('gone');
  await meet(world, accountId, idsOf('gone'));
  await start(accountId);
  await client.workflow.getHandle(`migration:${accountId}`).terminate('the test ends it');
  await leadBrand(world.store, accountId, 'br_gone', ['channel-failure']);
  expect((await steer(accountId, 'cancel')).statusCode).toBe(202);
  expect((await messagesOf(accountId)).at(-1)).toMatchObject({ kind: 'cancel', outcome: 'not-running' });
  const view = await world.call('GET', `/v2/accounts/${accountId}`, { token: service });
  expect(view.json().migration_status).toBe('pending');
});

/** An API for which Temporal is away until `back` is called. */
async function awayWorld() {
  const away = openTemporal({ environment: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
  const there = openTemporal({ environment: { ...stackEnv() }, taskQueue: world.taskQueue });
  let current = away;
  const lonely = await apiWorld({
    temporal: { ...away, deliver: (...call) => current.deliver(...call), ping: (ms) => current.ping(ms) },
  });
  return {
    lonely,
    async back(accountId: string) {
      current = there;
      await vi.waitUntil(
        async () => (await messagesOf(accountId, lonely)).every((message) => message.deliveredAt),
        { timeout: 20_000 },
      );
    },
    async close() {
      await lonely.close();
      await Promise.all([away.close(), there.close()]);
    },
  };
}

test('while Temporal is away a start is answered, and delivered once it is there', async () => {
  const { lonely, back, close } = await awayWorld();
  try {
    const accountId = idOf('away');
    await meet(lonely, accountId, idsOf('away'));
    expect((await start(accountId, lonely)).statusCode).toBe(202);
    expect((await steer(accountId, 'pause', lonely)).statusCode).toBe(202);
    const ready = await lonely.call('GET', '/readyz');
    expect([ready.statusCode, ready.json().checks.temporal]).toEqual([200, 'unreachable']);
    const open = await lonely.call('GET', `/v2/migrations/${accountId}`, { token: operator });
    expect(open.json().messages_to_temporal).toBe(2);
    expect((await lonely.call('GET', '/metrics')).body).toContain('carryover_workflow_messages_waiting 2');
    await back(accountId);
    expect(await signalsOf(accountId)).toEqual(['start', 'pause']);
  } finally {
    await close();
  }
});

test('a start takes back a cancel that was not delivered before it', async () => {
  const { lonely, back, close } = await awayWorld();
  try {
    const accountId = idOf('rethought');
    await meet(lonely, accountId, idsOf('rethought'));
    await inTransaction(lonely.store, (tx) => beginStart(tx, accountId, 'earlier'));
    await steer(accountId, 'cancel', lonely);
    await start(accountId, lonely);
    await back(accountId);
    const outcomes = (await messagesOf(accountId, lonely)).map(({ kind, outcome }) => `${kind}: ${outcome}`);
    expect(outcomes).toEqual(['cancel: not-running', 'start: delivered']);
    const view = (await lonely.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json();
    expect([view.migration_status, view.cancelled]).toEqual(['migrating', null]);
  } finally {
    await close();
  }
});

test('an account that Temporal cannot take fails, and says so', async () => {
  const accountId = `acc_${'x'.repeat(1_000)}${suffix}`;
  world.conversations.records.set(accountId, { name: 'Long' });
  expect((await start(accountId)).statusCode).toBe(202);
  const view = (await world.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json();
  expect(view).toMatchObject({ migration_status: 'brand-failure', failure: { type: 'Unexpected' } });
  expect((await messagesOf(accountId)).map((message) => message.outcome)).toEqual(['refused']);
});

test('a message that was written by a process that died is delivered by another', async () => {
  const accountId = idOf('orphan');
  await meet(world, accountId, idsOf('orphan'));
  await inTransaction(world.store, (tx) =>
    tx.$executeRaw`
    INSERT INTO workflow_messages (account_source_id, workflow_id, kind, payload)
    VALUES (${accountId}, ${`migration:${accountId}`}, 'start', '{"by":"nobody","at":"2026-01-01T00:00:00.000Z"}')`.then(
      () => undefined,
    ),
  );
  await expect
    .poll(async () => (await messagesOf(accountId))[0]?.outcome, { timeout: 10_000 })
    .toBe('delivered');
});
