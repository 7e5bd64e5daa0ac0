import { expect, test, vi } from 'vitest';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { beginStart } from '../../../gateways/store/conversations/status/statuses.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { stackEnv } from '../../support/servers.js';
import type { Report } from '../../../domain/conversations/report.js';
import { explained } from '../explained.js';
import { idsOf, startingWorld } from '../starting-world.js';
import { apiWorld, meet } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: Awaited<ReturnType<typeof startingWorld>>;
forThisFile(startingWorld, (opened) => (world = opened));

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
      await vi.waitUntil(async () =>
        (await world.messagesOf(accountId, lonely)).every((message) => message.deliveredAt),
      );
    },
    async close() {
      await lonely.close();
      await Promise.all([away.close(), there.close()]);
    },
  };
}

test('while Temporal is unreachable a start is accepted, and is delivered later', async () => {
  const { lonely, back, close } = await awayWorld();
  try {
    const accountId = world.idOf('away');
    await meet(lonely, accountId, idsOf('away'));
    expect((await world.start(accountId, lonely)).statusCode).toBe(202);
    expect((await world.steer(accountId, 'pause', lonely)).statusCode).toBe(202);
    const { sentence, facts } = await explained(lonely, world.operator, accountId);
    expect(sentence).toMatch(/is paused: somebody-operator paused it at/);
    expect(facts).toMatchObject({
      temporal: { answers: false },
      undelivered: [{ signal: 'start' }, { signal: 'pause' }],
    });
    const ready = await lonely.call('GET', '/readyz');
    expect([ready.statusCode, ready.json().checks.temporal]).toEqual([200, 'unreachable']);
    const open = await lonely.call('GET', `/v2/migrations/${accountId}`, { token: world.operator });
    expect(open.json().messages_to_temporal).toBe(2);
    expect((await lonely.call('GET', '/metrics')).body).toContain('carryover_workflow_messages_waiting 2');
    await back(accountId);
    expect(await world.signalsOf(accountId)).toEqual(['start', 'pause']);
  } finally {
    await close();
  }
});

test('a start revokes a cancel that was not yet delivered', async () => {
  const { lonely, back, close } = await awayWorld();
  try {
    const accountId = world.idOf('rethought');
    await meet(lonely, accountId, idsOf('rethought'));
    await transaction(lonely.store.control, 'test', (tx) => beginStart(tx, accountId, 'earlier'));
    await world.steer(accountId, 'cancel', lonely);
    await world.start(accountId, lonely);
    await back(accountId);
    const outcomes = (await world.messagesOf(accountId, lonely)).map(
      ({ signal, outcome }) => `${signal}: ${outcome}`,
    );
    expect(outcomes).toEqual(['cancel: not-running', 'start: delivered']);
    const view = await world.viewOf(accountId, lonely);
    expect([view.migration_status, view.cancelled]).toEqual(['migrating', null]);
  } finally {
    await close();
  }
});

test('an account that Temporal cannot take fails, and says so', async () => {
  const accountId = `acc_${'x'.repeat(1_000)}${world.suffix}`;
  world.conversations.records.set(accountId, { name: 'Long' });
  expect((await world.start(accountId)).statusCode).toBe(202);
  const view = await world.viewOf(accountId);
  expect(view).toMatchObject({ migration_status: 'brand-failure', failure: { type: 'Unexpected' } });
  expect((await world.messagesOf(accountId)).map((message) => message.outcome)).toEqual([
    expect.stringMatching(/^refused: ./),
  ]);
  expect((await explained(world, world.operator, accountId)).sentence).toMatch(
    /^Temporal refused the request to start account acc_x+\S* at .*: .*\.$/,
  );
});

test('a message that Temporal refuses stays in the view and the report until the workflow accepts a later one', async () => {
  const accountId = world.idOf('refused');
  await meet(world, accountId, idsOf('refused'));
  const said = async (workflowId: string, signal: string) => {
    await world.store.pool.query(
      `INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload)
       VALUES ('conversations', $1, $2, $3, '{"by":"nobody","at":"2026-01-01T00:00:00.000Z"}')`,
      [accountId, workflowId, signal],
    );
    await vi.waitUntil(async () =>
      (await world.messagesOf(accountId)).every((message) => message.outcome !== null),
    );
  };
  const workflowId = `migration:${'x'.repeat(2_000)}`;
  await said(workflowId, 'retry-attachments');
  const { messages_refused: refused } = await world.viewOf(accountId);
  expect(refused).toEqual([
    {
      workflow_id: workflowId,
      kind: 'retry-attachments',
      since: expect.any(String),
      reason: expect.stringMatching(/length/i),
      next_step: expect.stringContaining('repeat the command'),
      command: `carryover attachments retry ${accountId}`,
    },
  ]);
  const reported = async () => {
    const { body } = await world.call('GET', '/v2/report', { token: world.operator });
    return (JSON.parse(body) as Report).entries.filter((entry) => entry.account_id === accountId);
  };
  expect(await reported()).toMatchObject([
    {
      kind: 'refused-messages',
      message: refused[0]?.reason,
      command: `carryover attachments retry ${accountId}`,
    },
  ]);
  await world.store.pool.query(
    `INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload, outcome, delivered_at)
     VALUES ('conversations', $1, $2, 'retry-attachments', '{}', 'delivered', now())`,
    [accountId, workflowId],
  );
  expect((await world.viewOf(accountId)).messages_refused).toEqual([]);
  expect(await reported()).toEqual([]);
});

test('a message of a process that died is delivered by another one', async () => {
  const accountId = world.idOf('orphan');
  await meet(world, accountId, idsOf('orphan'));
  await transaction(world.store.control, 'test', (tx) =>
    tx.run`
    INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload)
    VALUES ('conversations', ${accountId}, ${`migration:${accountId}`}, 'start', '{"by":"nobody","at":"2026-01-01T00:00:00.000Z"}')`.then(
      () => undefined,
    ),
  );
  await expect.poll(async () => (await world.messagesOf(accountId))[0]?.outcome).toBe('delivered');
});
