import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { migrationOf } from '../../domain/conversations/migration.js';
import { buildApp } from '../../api/app.js';
import { buildId, codeVersion, versionAtBuild } from '../../cli/code-version.js';
import { runCarryover } from '../../cli/engine/program.js';
import { signToken } from '../../cli/token.js';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { conversationsClient } from '../../gateways/conversations/client.js';
import { makeCertificate } from '../../gateways/store/conversations/certify/certify.js';
import { revokeCertificates } from '../../gateways/store/proof/certificates.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { endVerification } from '../../gateways/store/conversations/verify/verifications.js';
import { openTemporal, type TemporalClient } from '../../gateways/temporal/client.js';
import { stackEnv, testDatabase, type TestDatabase } from '../support/servers.js';
import { systemClock } from '../../gateways/clock.js';
import { addPhase, addUnits } from '../support/work.js';

const SECRET = 'a secret that only these tests know';

let database: TestDatabase;
let store: Store;
let temporal: TemporalClient;
let app: FastifyInstance;
let environment: Record<string, string>;
let folder: string;
let account: string;

beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database.url);
  const taskQueue = `verify-${randomBytes(4).toString('hex')}`;
  temporal = openTemporal({ environment: { ...stackEnv() }, taskQueue });
  app = await buildApp({
    store,
    databaseUrl: database.url,
    temporal,
    conversations: conversationsClient({ baseUrl: 'http://127.0.0.1:9', token: 'none' }),
    checkSignature: signatureCheck(['whsec_c2VjcmV0']),
    auth: { secret: SECRET },
    log: pino({ level: 'silent' }),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const token = await signToken({ secret: SECRET, role: 'operator', sub: 'ann', expiresIn: '1h' });
  environment = { CARRYOVER_URL: url, CARRYOVER_TOKEN: token };
  folder = await mkdtemp(join(tmpdir(), 'carryover-certificates-'));
});
afterAll(async () => {
  await app.close();
  await Promise.all([temporal.close(), store.close(), rm(folder, { recursive: true })]);
  await database.drop();
});

beforeEach(async () => {
  account = `acc_${randomBytes(6).toString('hex')}`;
  const at = '2026-01-01T00:00:00.000Z';
  const side = {
    ...{ messages: 5, messagesDigest: '-9', attachments: 0, attachmentsDigest: '0' },
    ...{ threads: 1, threadsDigest: '4', quarantinedThreads: 1 },
  };
  const checked = {
    source: side,
    store: side,
    held: { messages: 3, threads: 1, quarantined: 3, quarantinedThreads: 1, superseded: 0 },
  };
  await store.pool.query(
    `WITH m AS (INSERT INTO carryover.migrations (kind, subject, name, started_at) VALUES ('conversations', $1, 'Lakeside Dental', $3)),
       a AS (INSERT INTO accounts (source_id, name, migration) VALUES ($1, 'Lakeside Dental', $2) RETURNING id)
     INSERT INTO brands (account_id, source_id, name) SELECT id, $1 || '_br', 'Lakeside' FROM a`,
    [account, { status: 'all-messages-migrated', recentSince: at }, at],
  );
  await addUnits(store.pool);
  await addPhase(store.pool, `${account}_br`, 'remaining', { checked });
});

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

/** A command that is under way, with what it has said so far. */
function begin(...args: string[]): { readonly error: () => string; readonly ended: Promise<Ran> } {
  let [out, error] = ['', ''];
  const running = runCarryover(args, {
    out: { write: (text) => void (out += text) },
    error: { write: (text) => void (error += text) },
    environment,
    signal: new AbortController().signal,
    clock: systemClock,
  });
  return { error: () => error, ended: running.then((status) => ({ status, out, error })) };
}

const run = (...args: string[]): Promise<Ran> => begin(...args).ended;

/** Ends the verification that is asked for next, as its workflow would. */
async function endNext(
  differences: readonly { table: string; difference: string; id: string }[] = [],
): Promise<void> {
  const asked = { ...migrationOf(account), state: 'running' };
  const found = await vi.waitUntil(() => store.prisma.verification.findFirst({ where: asked }), {
    interval: 20,
  });
  const { unitId } = await store.prisma.brand.findUniqueOrThrow({
    where: { sourceId: `${account}_br` },
  });
  const turn = { verificationId: found.id, unitId: unitId!, pass: found.repair ? 2 : 1 };
  await store.prisma.verificationUnit.create({ data: { ...turn, imported: true, endedAt: new Date() } });
  for (const { table, difference, id } of differences) {
    const samples = [{ id, key: null, fields: ['body'] }];
    await store.prisma.verificationDifference.create({
      data: { ...turn, sourceTable: table, difference, count: 1n, samples },
    });
  }
  await transaction(store.control, 'test', (tx) =>
    endVerification(tx, String(turn.verificationId), undefined),
  );
}

test('verify waits for the end and exits with 0 if all is equal', async () => {
  const [ran] = await Promise.all([run('verify', account), endNext()]);
  expect(ran).toMatchObject({ status: 0, error: '' });
  expect(ran.out).toContain('All equal');
});

test('verify shows what differs and the next step', async () => {
  const found = [{ table: 'messages', difference: 'missing', id: 'msg_1' }];
  const [ran] = await Promise.all([run('verify', account), endNext(found)]);
  expect(ran.status).toBe(1);
  expect(ran.out).toMatch(/BRAND +WHAT +HOW +COUNT +FOR EXAMPLE/);
  expect(ran.out).toMatch(/_br +messages +missing +1 +msg_1 \(body\)/);
  expect(ran.out).toContain(`carryover verify ${account} --repair`);
});

test('if only extra records differ, it says what to do about them and recommends no repair', async () => {
  const found = [{ table: 'quarantined_records', difference: 'extra', id: 'msg_1' }];
  const [ran] = await Promise.all([run('verify', account), endNext(found)]);
  expect(ran.status).toBe(1);
  expect(ran.out).toContain('once they are removed from the store');
  expect(ran.out).not.toContain('--repair');
});

test('a repair that leaves extra records says that it deletes nothing', async () => {
  const found = [{ table: 'messages', difference: 'extra', id: 'msg_1' }];
  const [ran] = await Promise.all([run('verify', account, '--repair'), endNext(found)]);
  expect(ran.status).toBe(1);
  expect(ran.out).toContain('never deleted');
});

test('a waiting verify reports who has paused it, and a cancellation', async () => {
  await run('verify', account, '--no-wait');
  const waiting = begin('verify', account);
  expect((await run('pause', account)).out).toContain('is paused');
  await vi.waitUntil(() => waiting.error().includes('Paused'));
  await run('cancel', account);
  const ran = await waiting.ended;
  expect(ran.status).toBe(1);
  expect(ran.error).toMatch(/Paused by ann since \d{4}-/);
  expect(ran.out).toContain('was cancelled by ann');
});

test('verify --no-wait begins it and returns', async () => {
  expect(await run('verify', account, '--no-wait')).toMatchObject({ status: 0 });
  expect(
    await store.prisma.verification.count({ where: { ...migrationOf(account), state: 'running' } }),
  ).toBe(1);
});

test('status shows the latest verification: that it runs, then its findings', async () => {
  expect((await run('status', account)).out).not.toContain('Verification');
  await run('verify', account, '--no-wait');
  expect((await run('status', account)).out).toMatch(/^Verification, requested by ann at .+: running$/m);
  await endNext([{ table: 'messages', difference: 'missing', id: 'msg_1' }]);
  const { status, out } = await run('status', account);
  expect(status).toBe(0);
  expect(out).toMatch(/^Verification, requested by ann at .+: unequal$/m);
  expect(out).toMatch(/_br +messages +missing +1 +msg_1 \(body\)/);
});

test('a certificate is downloaded, and checked offline', async () => {
  expect(await run('certificate', 'get', account)).toMatchObject({
    status: 1,
    error: expect.stringContaining('There is no certificate'),
  });
  const workflow = { id: `migration:${account}`, runId: 'run' };
  await transaction(store.control, 'test', (tx) =>
    makeCertificate(tx, {
      accountId: account,
      after: 'migration',
      workflow,
      code: { version: '1', commit: null },
    }),
  );
  const file = join(folder, `${account}.json`);
  const got = await run('certificate', 'get', account, '--out', file);
  expect(got.status).toBe(0);
  const fingerprint = /SHA256:\S+(?=\.)/.exec(got.error)?.[0] ?? '';

  const { CARRYOVER_URL: _url, ...without } = environment;
  environment = without;
  expect(await run('certificate', 'check', file)).toMatchObject({
    status: 4,
    out: expect.stringContaining('its key was not checked'),
  });
  const checked = await run('certificate', 'check', file, '--fingerprint', fingerprint);
  expect(checked).toMatchObject({ status: 0, out: expect.stringContaining('The certificate holds.\n') });
  expect(checked.out).toContain('Quarantined: 3 records (2 messages, 1 thread), 0 of them waived.');
  expect(checked.out).toContain(`carryover certificate status ${file}`);
  expect(await run('certificate', 'check', file, '--fingerprint', 'SHA256:other')).toMatchObject({
    status: 1,
    out: expect.stringContaining('not the expected one'),
  });
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"messages":3', '"messages":4'));
  expect(await run('certificate', 'check', file)).toMatchObject({
    status: 1,
    out: expect.stringContaining('does not hold'),
  });
  await writeFile(file, text.slice(0, 200));
  expect(await run('certificate', 'check', file)).toMatchObject({
    status: 1,
    out: expect.stringContaining('cut off'),
  });
  expect(await run('certificate', 'check', join(folder, 'none'))).toMatchObject({ status: 1 });
  environment = { ...environment, ...(_url ? { CARRYOVER_URL: _url } : {}) };
});

test('certificate status asks the API for its state: current, superseded by differences, revoked', async () => {
  const workflow = { id: `migration:${account}`, runId: 'run' };
  const code = { version: '1', commit: null };
  await transaction(store.control, 'test', (tx) =>
    makeCertificate(tx, { accountId: account, after: 'migration', workflow, code }),
  );
  const file = join(folder, `${account}.json`);
  expect((await run('certificate', 'get', account, '--out', file)).status).toBe(0);
  expect(await run('certificate', 'status', file)).toMatchObject({
    status: 0,
    out: expect.stringContaining(`the latest certificate of ${account}`),
  });

  await Promise.all([
    run('verify', account),
    endNext([{ table: 'messages', difference: 'missing', id: 'msg_1' }]),
  ]);
  expect(await run('certificate', 'status', file)).toMatchObject({
    status: 3,
    out: expect.stringMatching(/^Superseded .*: a verification found differences\./),
  });
  expect(await run('certificate', 'get', account, '--out', file)).toMatchObject({
    status: 3,
    error: expect.stringContaining('Superseded'),
  });

  await transaction(store.control, 'test', (tx) => revokeCertificates(tx, migrationOf(account), 'ann'));
  expect(await run('certificate', 'status', file)).toMatchObject({
    status: 1,
    out: expect.stringContaining(`ann reset ${account}`),
  });
  expect(await run('certificate', 'get', account)).toMatchObject({
    status: 1,
    error: expect.stringContaining('The certificate was revoked'),
  });
});

test('built code knows its version and commit', async () => {
  expect(await versionAtBuild()).toMatchObject({ version: codeVersion(join(folder, 'none')).version });
  expect(codeVersion(join(folder, 'none'))).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    commit: null,
  });
});

test('a build is named by its commit, and without a clean one by its workflow code', async () => {
  const bundles = ['one', 'two'].map((code) => join(folder, `${code}.js`));
  for (const bundle of bundles) await writeFile(bundle, bundle);
  const commit = 'a'.repeat(40);
  const clean = bundles.map((bundle) => buildId({ version: '1.2.3', commit }, bundle));
  expect(clean).toEqual(['1.2.3-aaaaaaaaaaaa', '1.2.3-aaaaaaaaaaaa']);
  for (const unclean of [null, `${commit}-dirty`]) {
    const ids = bundles.map((bundle) => buildId({ version: '1.2.3', commit: unclean }, bundle));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
  }
});
