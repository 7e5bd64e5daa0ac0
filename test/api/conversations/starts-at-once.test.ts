import { expect, test, vi } from 'vitest';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import { payloadOf } from '../conversations-service.js';
import { idsOf, startingWorld } from '../starting-world.js';
import { meet } from '../world.js';
import { forThisFile } from '../../support/for-this-file.js';

let world: Awaited<ReturnType<typeof startingWorld>>;
forThisFile(startingWorld, (opened) => (world = opened));

const know = (name: string) => {
  const accountId = world.idOf(name);
  world.conversations.records.set(accountId, { name });
  world.conversations.payloads.set(accountId, payloadOf(accountId, idsOf(`${name}_${world.suffix}`)));
  return accountId;
};
/** Answered before Temporal has heard of it. */
const startOnly = (accountId: string) =>
  world.call('POST', '/v2/start-migration', { token: world.service, body: { account_id: accountId } });
const askedFor = (accountId: string) => world.conversations.asked.filter((id) => id === accountId).length;

test('a hundred new accounts started at once are all recorded and audited, and delivered afterwards', async () => {
  const accountIds = Array.from({ length: 100 }, (_, n) => know(`many${n}`));
  const answers = await Promise.all(accountIds.map(startOnly));
  expect(
    new Set(answers.map(({ statusCode, body }) => `${statusCode} ${JSON.parse(body).migration_status}`)),
  ).toEqual(new Set(['202 migrating']));
  const { rows } = await world.store.pool.query(
    `SELECT count(*)::int AS accounts, count(DISTINCT m.id)::int AS messages, count(DISTINCT e.id)::int AS entries,
       count(d.version)::int AS documents
     FROM accounts a JOIN carryover.workflow_messages m ON m.subject = a.source_id
     JOIN carryover.audit_entries e ON e.subject = a.source_id
     JOIN carryover.status_documents d ON d.subject = a.source_id AND d.document LIKE '{"status":"migrating"%'
     WHERE a.source_id = ANY($1)`,
    [accountIds],
  );
  expect(rows).toEqual([{ accounts: 100, messages: 100, entries: 100, documents: 100 }]);
  await vi.waitFor(async () => {
    const open = await world.store.prisma.workflowMessage.count({ where: { deliveredAt: null } });
    expect(open).toBe(0);
  });
  expect(await world.signalsOf(accountIds[99] ?? '')).toEqual(['start']);
});

test('many starts of one account send one request at a time to Conversations', async () => {
  const accountId = know('often');
  let release = (): void => undefined;
  world.conversations.held = new Promise((resolve) => (release = resolve));
  const asking = Promise.all(Array.from({ length: 20 }, () => startOnly(accountId)));
  await vi.waitUntil(() => askedFor(accountId) === 1);
  // Those that came a little later have looked the account up too.
  const { pool, control } = world.store;
  await vi.waitUntil(() => [pool, control].every((each) => each.idleCount === each.totalCount));
  release();
  const answers = await asking;
  world.conversations.held = undefined;
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 20 }, () => 202));
  // The record and the payload, once each.
  expect(askedFor(accountId)).toBe(2);
  expect(await world.auditOf(accountId)).toMatchObject([{ action: 'start', times: 20 }]);
});

test('a locked account delays only its own start', async () => {
  const [locked, ...others] = ['locked', 'beside1', 'beside2'].map(know);
  for (const accountId of [locked ?? '', ...others])
    await meet(world, accountId, idsOf(`${accountId}_${world.suffix}`));
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isLocked: () => void = () => undefined;
  const taken = new Promise<void>((resolve) => (isLocked = resolve));
  const lock = transaction(world.store.control, 'test', async (tx) => {
    await lockAccount(tx, locked ?? '');
    isLocked();
    await held;
  });
  await taken;
  let isAnswered = false;
  const waiting = startOnly(locked ?? '').finally(() => (isAnswered = true));
  const answers = await Promise.all(others.map(startOnly));
  expect([answers.map(({ statusCode }) => statusCode), isAnswered]).toEqual([[202, 202], false]);
  release();
  await lock;
  expect((await waiting).statusCode).toBe(202);
});

test('an account that cannot be written fails alone', async () => {
  const accountIds = ['whole1', 'broken', 'whole2'].map(know);
  await world.store.pool.query(
    `ALTER TABLE accounts ADD CONSTRAINT whole CHECK (source_id NOT LIKE 'acc_broken_%')`,
  );
  const answers = await Promise.all(accountIds.map(startOnly));
  await world.store.pool.query('ALTER TABLE accounts DROP CONSTRAINT whole');
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 500, 202]);
});
