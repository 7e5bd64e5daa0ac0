import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { accountCertificates } from '../../../domain/conversations/certificate-figures.js';
import { checkCertificate } from '../../../domain/engine/proof/certificate-check.js';
import { makeCertificate } from '../../../gateways/store/conversations/certify/certify.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { endVerification } from '../../../gateways/store/conversations/verify/verifications.js';
import { leadBrand } from '../../gateways/store/world.js';
import { stackEnv } from '../../support/servers.js';
import { addPhase } from '../../support/work.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';

let world: World;
let operator: string;
let connection: Connection;
let client: Client;
const suffix = Math.random().toString(36).slice(2, 8);
const idOf = (name: string) => `acc_${name}_${suffix}`;

beforeAll(async () => {
  world = await apiWorld();
  operator = await tokenFor('operator');
  connection = await Connection.connect({ address: stackEnv().TEMPORAL_ADDRESS });
  client = new Client({ connection, namespace: stackEnv().TEMPORAL_NAMESPACE });
});
afterAll(async () => {
  await connection.close();
  await world.close();
});

const verify = (accountId: string, body?: unknown, token = operator) =>
  world.call('POST', `/v2/migrations/${accountId}/verify`, { token, body });
const view = async (accountId: string) =>
  (await world.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json<{
    verification: Record<string, unknown> | null;
  }>().verification;
const actions = async (accountId: string) =>
  (await world.call('GET', `/v2/audit?account_id=${accountId}`, { token: operator }))
    .json<{ entries: { action: string }[] }>()
    .entries.map(({ action }) => action);

/** An account whose only brand has all its messages. */
async function migrated(name: string): Promise<{ accountId: string; brandId: string }> {
  const accountId = idOf(name);
  const brandId = `br_${name}_${suffix}`;
  await meet(world, accountId, {
    brand: brandId,
    sms: `ch_${name}_1_${suffix}`,
    email: `ch_${name}_2_${suffix}`,
  });
  const token = await tokenFor('service');
  await world.call('POST', '/v2/start-migration', { token, body: { account_id: accountId } });
  await leadBrand(world.store, accountId, brandId, ['recent-messages-migrated', 'all-messages-migrated']);
  return { accountId, brandId };
}

test('a verification is recorded, sent to its workflow, and shown', async () => {
  const { accountId } = await migrated('plain');
  expect(await view(accountId)).toBeNull();
  const answer = await verify(accountId);
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({ account_id: accountId, verification: { state: 'running', repair: false } });
  const described = await client.workflow.getHandle(`migration:${accountId}/verification`).describe();
  expect(described).toMatchObject({ type: 'VerificationWorkflow', taskQueue: world.taskQueue });
  expect(await view(accountId)).toMatchObject({
    state: 'running',
    repair: false,
    asked_by: 'somebody-operator',
    brands: [],
  });
});

test('a second call while it runs finds the same verification', async () => {
  const { accountId } = await migrated('twice');
  await verify(accountId, {});
  expect((await verify(accountId)).statusCode).toBe(202);
  expect(await world.store.prisma.verification.count({ where: migrationOf(accountId) })).toBe(1);
  expect((await actions(accountId)).filter((action) => action === 'verify')).toHaveLength(2);
  const handle = client.workflow.getHandle(`migration:${accountId}/verification`);
  const { runId } = await handle.describe();
  await verify(accountId);
  expect((await handle.describe()).runId).toBe(runId);
  expect((await verify(accountId, { repair: true })).statusCode).toBe(409);
});

test('the findings are shown brand by brand', async () => {
  const { accountId, brandId } = await migrated('found');
  await verify(accountId, { repair: true });
  expect(await actions(accountId)).toContain('repair');
  const { id } = await world.store.prisma.verification.findFirstOrThrow({
    where: migrationOf(accountId),
  });
  const { unitId } = await world.store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brandId } });
  for (const pass of [1, 2]) {
    const at = { verificationId: id, unitId: unitId!, pass };
    await world.store.prisma.verificationUnit.create({
      data: { ...at, imported: true, endedAt: new Date() },
    });
    const samples = [{ id: `msg_${pass}`, key: null, fields: ['body'] }];
    const difference = { ...at, sourceTable: 'messages', difference: 'different', count: 1n, samples };
    await world.store.prisma.verificationDifference.create({ data: difference });
  }
  await transaction(world.store.control, 'test', (tx) => endVerification(tx, String(id), undefined));
  const named = (message: string) => [
    {
      table: 'messages',
      difference: 'different',
      count: 1,
      samples: [{ id: message, key: null, fields: ['body'] }],
    },
  ];
  expect(await view(accountId)).toMatchObject({
    state: 'unequal',
    repair: true,
    brands: [
      { brand_id: brandId, state: 'unequal', pass: 2, differences: named('msg_2'), repaired: named('msg_1') },
    ],
  });
  expect((await verify(accountId)).statusCode).toBe(202);
});

test.each(['app', 'service'] as const)(
  'the role %s may neither verify nor have certificates',
  async (role) => {
    const token = await tokenFor(role, 'acc_x');
    expect((await verify('acc_x', undefined, token)).statusCode).toBe(403);
    expect((await world.call('GET', '/v2/migrations/acc_x/certificate', { token })).statusCode).toBe(403);
  },
);

test('an unknown account, or one that is being imported, is not verified', async () => {
  expect((await verify('acc_nobody')).statusCode).toBe(404);
  const accountId = idOf('early');
  await meet(world, accountId, { brand: `br_e_${suffix}`, sms: `ch_e1_${suffix}`, email: `ch_e2_${suffix}` });
  expect((await verify(accountId)).json()).toMatchObject({
    status: 409,
    detail: expect.stringContaining('not been started'),
  });
  await world.call('POST', '/v2/start-migration', {
    token: await tokenFor('service'),
    body: { account_id: accountId },
  });
  expect((await verify(accountId)).json()).toMatchObject({
    status: 409,
    detail: expect.stringContaining('still being imported'),
  });
});

test('invalid options are refused', async () => {
  const { accountId } = await migrated('wishes');
  for (const body of [{ repair: 'yes' }, { mend: true }, []])
    expect((await verify(accountId, body)).statusCode).toBe(400);
});

test('a certificate is answered byte for byte, and 404 before there is one', async () => {
  const { accountId, brandId } = await migrated('certified');
  const get = () => world.call('GET', `/v2/migrations/${accountId}/certificate`, { token: operator });
  expect((await get()).statusCode).toBe(404);
  const run = {
    accountId,
    after: 'migration' as const,
    workflow: { id: 'workflow', runId: 'run' },
    code: { version: '1', commit: null },
  };
  await transaction(world.store.control, 'test', (tx) => makeCertificate(tx, run));
  expect((await get()).statusCode).toBe(404);

  const side = {
    messages: 3,
    messagesDigest: '-9',
    attachments: 0,
    attachmentsDigest: '0',
    threads: 1,
    threadsDigest: '4',
    quarantinedThreads: 0,
  };
  const checked = {
    source: side,
    store: side,
    held: { messages: 3, threads: 1, quarantined: 0, superseded: 0 },
  };
  await world.store.prisma.account.update({
    where: { sourceId: accountId },
    data: { migration: { status: 'all-messages-migrated', recentSince: '2026-01-01T00:00:00.000Z' } },
  });
  await addPhase(world.store.pool, brandId, 'remaining', { checked });
  await Promise.all(
    [1, 2].map(() => transaction(world.store.control, 'test', (tx) => makeCertificate(tx, run))),
  );
  const answer = await get();
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toContain('application/json');
  expect(checkCertificate(answer.body, accountCertificates)).toMatchObject({ holds: true });
  expect(answer.body).not.toContain('Lakeside');
  expect(await world.store.prisma.certificate.count({ where: migrationOf(accountId) })).toBe(1);
  const other = { ...run, workflow: { id: 'workflow', runId: 'another' } };
  await transaction(world.store.control, 'test', (tx) => makeCertificate(tx, other));
  const fingerprints = [answer, await get()].map(
    (each) => each.json<{ signature: { key_fingerprint: string } }>().signature.key_fingerprint,
  );
  expect(new Set(fingerprints).size).toBe(1);
});

test('the verification of a migrated account can be paused, resumed, cancelled and started again', async () => {
  const { accountId } = await migrated('steered');
  const steer = async (action: string) => {
    const answer = await world.call('POST', `/v2/migrations/${accountId}/${action}`, { token: operator });
    expect([answer.statusCode, answer.json().migration_status]).toEqual([202, 'all-messages-migrated']);
    return (await world.call('GET', `/v2/migrations/${accountId}`, { token: operator })).json<{
      paused: object | null;
      cancelled: object | null;
      verification: { state: string; failure: object | null } | null;
    }>();
  };
  const told = async (workflow: string) =>
    (
      await world.store.prisma.workflowMessage.findMany({
        where: { workflowId: `migration:${accountId}${workflow}` },
        orderBy: { id: 'asc' },
      })
    ).map(({ signal }) => signal);

  // Nothing is under way: nothing to steer.
  expect(await steer('pause')).toMatchObject({ paused: null, verification: null });
  await verify(accountId);
  expect(await steer('pause')).toMatchObject({
    paused: { by: 'somebody-operator', since: expect.any(String) },
  });
  // A repeated call finds the same one, still paused.
  expect((await verify(accountId)).statusCode).toBe(202);
  expect(await steer('resume')).toMatchObject({ paused: null, verification: { state: 'running' } });
  await steer('pause');
  expect(await steer('cancel')).toMatchObject({
    paused: null,
    cancelled: null,
    verification: { state: 'failed', failure: { type: 'VerificationCancelled' } },
  });
  expect(await told('/verification')).toEqual(['verify', 'pause', 'verify', 'resume', 'pause', 'cancel']);
  expect(await told('')).toEqual(['start', 'pause', 'resume', 'pause']);
  expect((await actions(accountId)).slice(0, 5)).toEqual(['cancel', 'pause', 'resume', 'verify', 'pause']);

  // The cancelled one's run may still exist; it makes way for the new one's.
  const before = await client.workflow.getHandle(`migration:${accountId}/verification`).describe();
  expect((await verify(accountId)).statusCode).toBe(202);
  expect(await view(accountId)).toMatchObject({ state: 'running', failure: null });
  const after = client.workflow.getHandle(`migration:${accountId}/verification`);
  await expect.poll(async () => (await after.describe()).runId).not.toBe(before.runId);
  expect((await after.describe()).status.name).toBe('RUNNING');
});

test('resume ends a pause that a verification has left behind', async () => {
  const { accountId } = await migrated('left');
  await verify(accountId);
  await world.call('POST', `/v2/migrations/${accountId}/pause`, { token: operator });
  const { id } = await world.store.prisma.verification.findFirstOrThrow({
    where: migrationOf(accountId),
  });
  await transaction(world.store.control, 'test', (tx) => endVerification(tx, String(id), undefined));
  expect((await verify(accountId)).statusCode).toBe(409);
  await world.call('POST', `/v2/migrations/${accountId}/resume`, { token: operator });
  expect((await verify(accountId)).statusCode).toBe(202);
});
