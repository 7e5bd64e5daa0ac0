import { expect, test } from 'vitest';
import { leadBrand } from '../../gateways/store/world.js';
import { idsOf, startingWorld } from '../starting-world.js';
import { meet } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: Awaited<ReturnType<typeof startingWorld>>;
forThisFile(startingWorld, (opened) => (world = opened));

test('pause, resume and cancel set flags in the store, then signal the workflow, and are idempotent', async () => {
  const accountId = world.idOf('steer');
  await meet(world, accountId, idsOf('steer'));
  await world.start(accountId);
  const view = async () => await world.viewOf(accountId);
  for (const action of ['pause', 'pause']) {
    const answer = await world.steer(accountId, action);
    expect([answer.statusCode, answer.json().account_id]).toEqual([202, accountId]);
    expect((await view()).paused).toMatchObject({ by: 'somebody-operator' });
  }
  await world.steer(accountId, 'resume');
  await world.steer(accountId, 'cancel');
  const { paused, cancelled } = await view();
  expect([paused, cancelled.by]).toEqual([null, 'somebody-operator']);
  expect(await world.signalsOf(accountId)).toEqual(['start', 'pause', 'pause', 'resume', 'cancel']);
  const audited = await world.auditOf(accountId);
  expect(audited.map((entry: { action: string }) => entry.action)).toEqual([
    'cancel',
    'resume',
    'pause',
    'pause',
    'start',
  ]);
  // A start revokes the cancellation.
  await world.start(accountId);
  expect((await world.viewOf(accountId)).cancelled).toBe(null);
  expect((await world.signalsOf(accountId)).at(-1)).toBe('start');
});

test('a migration that was never started, or is unknown, cannot be steered', async () => {
  const accountId = world.idOf('still');
  await meet(world, accountId, idsOf('still'));
  for (const action of ['pause', 'resume', 'cancel']) {
    expect((await world.steer(accountId, action)).statusCode).toBe(409);
    expect((await world.steer(world.idOf('nobody'), action)).statusCode).toBe(404);
  }
  expect((await world.steer(world.idOf('nobody'), 'retry')).statusCode).toBe(404);
});

test('a cancel without a workflow is still carried out', async () => {
  const accountId = world.idOf('gone');
  await meet(world, accountId, idsOf('gone'));
  await world.start(accountId);
  await world.client.workflow.getHandle(`migration:${accountId}`).terminate('the test ends it');
  await leadBrand(world.store, accountId, 'br_gone', ['channel-failure']);
  expect((await world.steer(accountId, 'cancel')).statusCode).toBe(202);
  expect((await world.messagesOf(accountId)).at(-1)).toMatchObject({
    signal: 'cancel',
    outcome: 'not-running',
  });
  const view = await world.call('GET', `/v2/accounts/${accountId}`, { token: world.service });
  expect(view.json().migration_status).toBe('pending');
});
