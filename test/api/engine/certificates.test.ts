import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrationOf } from '../../../domain/conversations/migration.js';
import type { AccountCertificate } from '../../../domain/conversations/certificate.js';
import { certificateHash } from '../../../domain/engine/proof/certificate.js';
import { accountCertificates } from '../../../domain/conversations/certificate-figures.js';
import { checkCertificate } from '../../../domain/engine/proof/certificate-check.js';
import { makeCertificate, renewCertificate } from '../../../gateways/store/conversations/certify/certify.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { finishReset } from '../../../gateways/store/conversations/reset/reset.js';
import { readStoreId } from '../../../gateways/store/proof/signing-key.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';
import { addPhase } from '../../support/work.js';

let world: World;
let admin: string;

beforeAll(async () => {
  world = await apiWorld({ resetAllowed: true });
  admin = await tokenFor('admin');
});
afterAll(() => world.close());

const CODE = { version: '1', commit: null };
const get = (path: string) => world.call('GET', path, { token: admin });
const certificateOf = (accountId: string) => get(`/v2/migrations/${accountId}/certificate`);
const statusOf = async (accountId: string, sha256?: string) =>
  (
    await get(
      `/v2/migrations/${accountId}/certificate/status${sha256 === undefined ? '' : `?sha256=${sha256}`}`,
    )
  ).json<Record<string, unknown>>();
const statementOf = (body: string) => (JSON.parse(body) as AccountCertificate).certificate;

/** An account whose brands are imported and checked. */
async function migrated(accountId: string): Promise<void> {
  await meet(world, accountId, {
    brand: `br_${accountId}`,
    sms: `ch_1_${accountId}`,
    email: `ch_2_${accountId}`,
  });
  const side = {
    ...{ messages: 3, messagesDigest: '-9', attachments: 0, attachmentsDigest: '0' },
    ...{ threads: 1, threadsDigest: '4', quarantinedThreads: 0 },
  };
  const held = { messages: 2, threads: 1, quarantined: 1, quarantinedThreads: 0, superseded: 0 };
  const hash = 'a'.repeat(64);
  const hashes = { threads: hash, attachments: hash, quarantined: hash, superseded: hash };
  await world.store.prisma.account.update({
    where: { sourceId: accountId },
    data: { migration: { status: 'all-messages-migrated', recentSince: '2026-01-01T00:00:00.000Z' } },
  });
  const checked = { source: side, store: side, held, hashes };
  await addPhase(world.store.pool, `br_${accountId}`, 'remaining', { checked });
}

const certify = (accountId: string, runId: string) =>
  transaction(world.store.control, 'test', (tx) =>
    makeCertificate(tx, {
      accountId,
      after: 'migration',
      workflow: { id: 'workflow', runId },
      code: CODE,
    }),
  );
const renew = (accountId: string, runId: string) =>
  transaction(world.store.control, 'test', (tx) =>
    renewCertificate(tx, { accountId, workflow: { id: 'workflow', runId }, code: CODE }),
  );

test('a certificate names its store and supersedes the previous one', async () => {
  await migrated('acc_1');
  expect((await get('/v2/migrations/acc_1/certificate/status')).statusCode).toBe(404);
  await certify('acc_1', 'run 1');
  const first = (await certificateOf('acc_1')).body;
  expect(statementOf(first)).toMatchObject({
    version: 2,
    store_id: await transaction(world.store.control, 'test', readStoreId),
    previous: null,
    totals: { source: { messages: 3 }, held: { messages: 2, quarantined_messages: 1 }, waived: 0 },
  });
  expect(checkCertificate(first, accountCertificates).holds).toBe(true);
  expect(await statusOf('acc_1')).toMatchObject({ state: 'current', sha256: certificateHash(first) });

  await certify('acc_1', 'run 2');
  const second = (await certificateOf('acc_1')).body;
  expect(statementOf(second)).toMatchObject({ previous: certificateHash(first) });
  expect(await statusOf('acc_1', certificateHash(first))).toMatchObject({
    state: 'superseded',
    why: 'newer-certificate',
    since: expect.any(String),
  });
  expect(await statusOf('acc_1', certificateHash(second))).toMatchObject({ state: 'current', since: null });
  expect(await statusOf('acc_1', 'f'.repeat(64))).toMatchObject({ state: 'unknown', made_at: null });
});

test('an account is not certified while a verification has open differences', async () => {
  await migrated('acc_2');
  const verification = await world.store.prisma.verification.create({
    data: { ...migrationOf('acc_2'), repair: false, askedBy: 'ann', state: 'unequal', endedAt: new Date() },
  });
  await certify('acc_2', 'run 1');
  expect((await certificateOf('acc_2')).statusCode).toBe(404);
  await world.store.prisma.verification.update({
    where: { id: verification.id },
    data: { state: 'equal' },
  });
  await certify('acc_2', 'run 1');
  expect((await certificateOf('acc_2')).statusCode).toBe(200);
});

test('a change of waivers renews the certificate once, and only if something has changed', async () => {
  await migrated('acc_3');
  await certify('acc_3', 'run 1');
  await world.store.pool.query(
    `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key, identity, reason)
     SELECT 'acc_3', id, 'messages', 'thr/key', 'hash', 'key', 'identity', 'no thread record' FROM brands WHERE source_id = 'br_acc_3'`,
  );
  const waive = (reason: string | null) =>
    world.store.pool.query(
      `UPDATE quarantined_records SET waived_at = $1, waived_by = $2, waived_reason = $3 WHERE account_source_id = 'acc_3'`,
      reason === null ? [null, null, null] : [new Date(), 'ann', reason],
    );
  await renew('acc_3', 'run 2');
  const before = await statusOf('acc_3');
  await waive('deleted on purpose');
  await renew('acc_3', 'run 2');
  const { body } = await certificateOf('acc_3');
  expect(checkCertificate(body, accountCertificates).holds).toBe(true);
  expect(statementOf(body)).toMatchObject({
    made_after: 'waiver',
    previous: before['sha256'],
    totals: { waived: 1 },
    brands: [{ waived: [{ by: 'ann', reason: 'deleted on purpose', records: 1 }] }],
  });
  await renew('acc_3', 'run 2');
  expect((await certificateOf('acc_3')).body).toBe(body);
  await waive(null);
  await renew('acc_3', 'run 2');
  expect(statementOf((await certificateOf('acc_3')).body)).toMatchObject({ totals: { waived: 0 } });
});

test('a reset revokes all certificates and records who requested it', async () => {
  await migrated('acc_4');
  await certify('acc_4', 'run 1');
  const { body } = await certificateOf('acc_4');
  const reset = () =>
    world.call('POST', '/v2/reset-migration', {
      token: admin,
      body: { account_id: 'acc_4' },
      headers: { 'content-type': 'application/json' },
    });
  expect((await reset()).statusCode).toBe(202);
  const answer = await certificateOf('acc_4');
  expect([answer.statusCode, answer.json().detail]).toEqual([
    410,
    expect.stringContaining('when somebody-admin reset the account'),
  ]);
  expect(await statusOf('acc_4', certificateHash(body))).toMatchObject({
    state: 'revoked',
    why: 'reset',
    revoked_by: 'somebody-admin',
  });
  expect(await finishReset(world.store, 'acc_4')).toBe(true);
  expect((await certificateOf('acc_4')).statusCode).toBe(410);
});
