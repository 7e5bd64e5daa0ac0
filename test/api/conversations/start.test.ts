import { migrationOf } from '../../../domain/conversations/migration.js';
import { expect, test, vi } from 'vitest';
import { leadBrand } from '../../gateways/store/world.js';
import { payloadOf } from '../conversations-service.js';
import { idsOf, startingWorld } from '../starting-world.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { completeOpenTask } from '../temporal.js';
import { meet } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: Awaited<ReturnType<typeof startingWorld>>;
forThisFile(startingWorld, (opened) => (world = opened));

test('a new account is added, and its workflow is started', async () => {
  const accountId = world.idOf('new');
  world.conversations.records.set(accountId, { name: 'New' });
  world.conversations.payloads.set(accountId, payloadOf(accountId, idsOf('new')));
  const answer = await world.start(accountId);
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({ account_id: accountId, migration_status: 'migrating' });
  const described = await world.client.workflow.getHandle(`migration:${accountId}`).describe();
  expect(described).toMatchObject({
    type: 'MigrationWorkflow',
    taskQueue: world.taskQueue,
    status: { name: 'RUNNING' },
  });
  expect(await described.staticSummary()).toBe(
    `Lakeside Dental (${accountId}): from Conversations to the helpdesk`,
  );
  expect(await world.signalsOf(accountId)).toEqual(['start']);
  const status = await world.call('GET', `/v2/check-migration-status?account_id=${accountId}`, {
    token: world.service,
  });
  expect(status.json()).toMatchObject({ status: 'migrating', brands: { br_new: 'migrating' } });
});

test('concurrent and repeated starts start one workflow and get the same answer', async () => {
  const accountId = world.idOf('twice');
  await meet(world, accountId, idsOf('twice'));
  const answers = await Promise.all([world.start(accountId), world.start(accountId), world.start(accountId)]);
  answers.push(await world.start(accountId));
  expect(answers.map((answer) => [answer.statusCode, answer.json().migration_status])).toEqual(
    Array.from({ length: 4 }, () => [202, 'migrating']),
  );
  const runs: string[] = [];
  await vi.waitUntil(async () => {
    runs.length = 0;
    for await (const run of world.client.workflow.list({ query: `WorkflowId = "migration:${accountId}"` }))
      runs.push(run.runId);
    return runs.length > 0;
  });
  expect(runs).toHaveLength(1);
  expect(await world.signalsOf(accountId)).toEqual(['start']);
  // Starts that change nothing are counted on the entry of the one that does.
  expect(await world.auditOf(accountId)).toMatchObject([
    { action: 'start', times: 4, last_at: expect.any(String) },
  ]);
  await world.steer(accountId, 'pause');
  await world.start(accountId);
  expect(await world.auditOf(accountId)).toMatchObject([
    { action: 'start', times: 1, last_at: null },
    { action: 'pause', times: 1 },
    { action: 'start', times: 4 },
  ]);
});

test('an unknown account is 404; while Conversations is unreachable, a new account is 503 and a known one 202', async () => {
  expect((await world.start(world.idOf('nobody'))).statusCode).toBe(404);
  const known = world.idOf('known');
  await meet(world, known, idsOf('known'));
  world.conversations.trouble = { status: 503, headers: { 'retry-after': '9' } };
  const fresh = await world.start(world.idOf('fresh'));
  const again = await world.start(known);
  world.conversations.trouble = undefined;
  expect(fresh.statusCode).toBe(503);
  expect(fresh.headers['retry-after']).toBe('9');
  expect(again.statusCode).toBe(202);
});

test('a closed account, or one with an invalid payload, becomes brand-failure; the answer says why, and no workflow is started', async () => {
  const accountId = world.idOf('odd');
  world.conversations.records.set(accountId, { name: 'Odd', status: 'closed' });
  world.conversations.payloads.set(accountId, payloadOf(accountId, idsOf('odd')));
  const closed = await world.start(accountId);
  expect([closed.statusCode, closed.json()]).toEqual([
    202,
    {
      account_id: accountId,
      migration_status: 'brand-failure',
      failure: {
        type: 'AccountClosed',
        message: expect.stringContaining('closed'),
        since: expect.any(String),
        times: 1,
        next_step: expect.stringContaining('Reopen'),
      },
    },
  ]);
  expect((await world.statusOf(accountId)).json()).toEqual({
    status: 'brand-failure',
    brands: { br_odd: 'pending' },
    channels: { ch_odd_1: 'pending', ch_odd_2: 'pending' },
  });
  expect((await world.start(accountId)).json().failure).toMatchObject({ type: 'AccountClosed', times: 2 });

  world.conversations.records.set(accountId, { name: 'Odd' });
  world.conversations.payloads.set(accountId, { brands: 7 });
  expect((await world.start(accountId)).json().failure).toMatchObject({
    type: 'PayloadImpossible',
    times: 1,
    next_step: expect.stringContaining('corrected'),
  });
  expect((await world.viewOf(accountId)).failure).toMatchObject({ type: 'PayloadImpossible' });
  expect(await world.messagesOf(accountId)).toEqual([]);
  expect((await world.auditOf(accountId)).map(({ action }) => action)).toEqual(['start', 'start', 'start']);

  world.conversations.records.delete(accountId);
  expect((await world.start(accountId)).statusCode).toBe(404);
  expect((await world.statusOf(accountId)).json()).toMatchObject({ status: 'brand-failure' });

  world.conversations.records.set(accountId, { name: 'Odd' });
  world.conversations.payloads.set(accountId, payloadOf(accountId, idsOf('odd')));
  const corrected = await world.start(accountId);
  expect(corrected.json()).toEqual({ account_id: accountId, migration_status: 'migrating' });
  expect(await world.signalsOf(accountId)).toEqual(['start']);
});

test('a closed account is started if Conversations does not answer in time; the workflow then finds out', async () => {
  const accountId = world.idOf('slow');
  await meet(world, accountId, idsOf('slow'));
  world.conversations.records.set(accountId, { name: 'Slow', status: 'closed' });
  let release = (): void => undefined;
  world.conversations.held = new Promise((resolve) => (release = resolve));
  const answer = await world.start(accountId);
  world.conversations.held = undefined;
  release();
  expect([answer.statusCode, answer.json().migration_status]).toEqual([202, 'migrating']);
  expect(await world.signalsOf(accountId)).toEqual(['start']);
});

test('after a failure a start signals the workflow, and the status is migrating at once', async () => {
  const accountId = world.idOf('failed');
  await meet(world, accountId, idsOf('failed'));
  await world.start(accountId);
  await leadBrand(world.store, accountId, 'br_failed', ['channel-failure']);
  const answer = await world.start(accountId);
  expect(answer.json().migration_status).toBe('migrating');
  expect(await world.signalsOf(accountId)).toEqual(['start', 'start']);
});

test('a failed workflow is started again, and so is a completed one if the store lacks messages, as after a restore', async () => {
  const accountId = world.idOf('ended');
  await meet(world, accountId, idsOf('ended'));
  await world.start(accountId);
  const handle = world.client.workflow.getHandle(`migration:${accountId}`);
  const first = (await handle.describe()).runId;
  await handle.terminate('the test ends it');
  await world.steer(accountId, 'retry');
  expect((await handle.describe()).runId).not.toBe(first);

  await completeOpenTask(world.connection, world.taskQueue, `migration:${accountId}`);
  const completed = (await handle.describe()).runId;
  expect((await world.steer(accountId, 'retry')).statusCode).toBe(202);
  const restored = (await handle.describe()).runId;
  expect(restored).not.toBe(completed);
  expect((await world.messagesOf(accountId)).at(-1)).toMatchObject({ outcome: 'delivered' });

  await world.steer(accountId, 'retry');
  expect((await handle.describe()).runId).toBe(restored);
});

test('a start delivered after all messages are migrated finds the workflow completed and starts nothing', async () => {
  const accountId = world.idOf('late');
  await meet(world, accountId, idsOf('late'));
  await world.start(accountId);
  const handle = world.client.workflow.getHandle(`migration:${accountId}`);
  await completeOpenTask(world.connection, world.taskQueue, `migration:${accountId}`);
  const completed = (await handle.describe()).runId;
  await leadBrand(world.store, accountId, 'br_late', ['recent-messages-migrated', 'all-messages-migrated']);
  await transaction(world.store.control, 'test', (tx) =>
    addWorkflowMessage(tx, {
      migration: migrationOf(accountId),
      workflowId: `migration:${accountId}`,
      signal: 'start',
      payload: { by: 'nobody', at: '2026-01-01T00:00:00.000Z' },
    }),
  );
  await expect.poll(async () => (await world.messagesOf(accountId)).at(-1)?.outcome).toBe('completed');
  expect((await handle.describe()).runId).toBe(completed);
});

test('when all messages are migrated, a start answers 200 and only leaves an audit row', async () => {
  const accountId = world.idOf('done');
  await meet(world, accountId, idsOf('done'));
  await world.start(accountId);
  await leadBrand(world.store, accountId, 'br_done', ['recent-messages-migrated', 'all-messages-migrated']);
  const answer = await world.start(accountId);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ account_id: accountId, migration_status: 'all-messages-migrated' });
  for (const action of ['pause', 'cancel', 'resume', 'retry']) {
    const said = await world.steer(accountId, action);
    expect([said.statusCode, said.json().migration_status]).toEqual([202, 'all-messages-migrated']);
  }
  expect(await world.signalsOf(accountId)).toEqual(['start']);
  const audited = (await world.auditOf(accountId)).map(({ action }) => action);
  expect(audited).toEqual(['retry', 'resume', 'cancel', 'pause', 'start']);
});
