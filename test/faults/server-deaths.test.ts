import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { identify } from '../../dev/servers/processes.js';
import { postgresUser } from '../../dev/servers/postgres/postgres-user.js';
import type { RunningServer } from '../../dev/servers/server-process.js';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { type FaultProxy, type ProxyFault, startFaultProxy } from '../../dev/faults/fault-proxy.js';
import { expectExplained } from '../e2e/explained.js';
import { addAccount } from '../../dev/sample/add-account.js';
import { startMigration, untilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';
import { postgresAgain, temporalAgain } from './servers-again.js';
import { watchStatus } from './watched-status.js';

describe('servers die, are busy or full, and come back: nothing is lost, no status goes back, and no person is needed', () => {
  let proxy: FaultProxy;
  let carryover: Carryover;
  const again: RunningServer[] = [];
  let seed = 70;

  beforeAll(async () => {
    proxy = await startFaultProxy();
    carryover = await startCarryover({
      account: { seed, accountId: 'acc_70', brands: 2, threads: 400, messages: 3_000, dirt: 'all' },
      environment: { DYNAMODB_ENDPOINT: proxy.url },
      ownServers: true,
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    carryover.startWorker();
  });
  afterAll(async () => {
    const store = again.map((server) => server.stop());
    await carryover?.stop();
    await Promise.all(store);
    await proxy?.stop();
  });

  const stackFolder = () => join(carryover.logs, 'stack');
  const account = () =>
    addAccount(carryover, {
      seed: ++seed,
      accountId: `acc_${seed}`,
      brands: 1,
      channels: 2,
      portedNumbers: 1,
      threads: 100,
      messages: 6_000,
      attachmentRate: 0.01,
    });
  const begin = async ({ accountId }: SampleAccount) => {
    await startMigration(carryover, accountId);
    // As any app that waits it has been answered once; from then on the API knows the account without its store.
    await carryover.call('GET', `/v2/check-migration-status?account_id=${accountId}`);
    return watchStatus(carryover, accountId);
  };
  const end = async (of: SampleAccount, watch: ReturnType<typeof watchStatus>) => {
    await untilDone(carryover, of.accountId);
    await watch.expectOnlyForward();
    await expectStoreToHold(carryover.store, of);
  };
  const someRead = (count = 1) => {
    const before = proxy.passed.length;
    return until(() => proxy.passed.filter((_, index) => index >= before).length >= count);
  };

  it('DynamoDB throttles, answers errors, ends connections and cuts pages', async () => {
    const { account: of } = carryover.world;
    const faults: (ProxyFault | undefined)[] = [
      undefined,
      { status: 400, type: 'ProvisionedThroughputExceededException' },
      { status: 500, type: 'InternalServerError' },
      undefined,
      'cut',
      'cut-answer',
    ];
    let asked = 0;
    proxy.fault = () => faults[asked++ % faults.length];
    const watch = await begin(of);
    await until(() => asked > 24);
    await expectExplained(
      carryover,
      of.accountId,
      /(has throttled reads of|DynamoDB throttled|Conversations does not answer).* of brand br_/,
    );
    proxy.fault = () => undefined;
    await end(of, watch);
  });

  it('Temporal is killed in the middle; a start meanwhile is answered and delivered later', async () => {
    const [of, later] = [await account(), await account()];
    await carryover.call('GET', `/v2/accounts/${later.accountId}`);
    const watch = await begin(of);
    await someRead();
    await carryover.kill(carryover.server('Temporal'));
    expect(await startMigration(carryover, later.accountId)).toMatchObject({
      status: 202,
      body: { migration_status: 'migrating' },
    });
    await expectExplained(
      carryover,
      later.accountId,
      /^Temporal does not answer, so the request to start account .* has not reached it\.$/,
    );
    again.push(await temporalAgain(stackFolder()));
    await end(of, watch);
    await untilDone(carryover, later.accountId);
  });

  it('PostgreSQL is killed in the middle of a batch', async () => {
    const of = await account();
    const watch = await begin(of);
    // Where a batch is being written: a transaction that has written and not committed.
    await until(async () => {
      const { rows } = await carryover.store.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'carryover-worker-bulk%' AND backend_xid IS NOT NULL`,
      );
      return rows.length > 0;
    });
    const { pid } = carryover.server('PostgreSQL');
    process.kill(pid, 'SIGQUIT');
    await until(() => identify(pid) === undefined);
    again.push(await postgresAgain(stackFolder()));
    await end(of, watch);
  });

  it('the connection that listens for statuses is ended by the server', async () => {
    const of = await account();
    const watch = await begin(of);
    const { rowCount } = await carryover.store.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'carryover-listener'`,
    );
    expect(rowCount).toBe(1);
    await end(of, watch);
  });

  it('the disk of the store is full, and then has room again', async () => {
    const of = await account();
    const disk = await mkdtemp(join(tmpdir(), 'carryover-disk-'));
    const db = new pg.Client({ connectionString: carryover.stack.env.DATABASE_URL });
    db.on('error', () => undefined);
    await db.connect();
    const { rows } = await db.query<{ size: string }>("SELECT pg_relation_size('messages_thread') AS size");
    const kilobytes = (more: number) => `size=${Math.ceil(Number(rows[0]?.size) / 1024) + more}k`;
    const user = postgresUser();
    const owner = user === undefined ? [] : [`uid=${user.uid}`, `gid=${user.gid}`];
    const options = (more: number) => [kilobytes(more), 'mode=700', ...owner].join(',');
    execFileSync('mount', ['-t', 'tmpfs', '-o', options(400), 'carryover-disk', disk]);
    try {
      await db.query(`CREATE TABLESPACE small LOCATION '${disk}'`);
      // No message can be taken without its place in this index.
      await db.query('ALTER INDEX messages_thread SET TABLESPACE small');
      await db.query('CREATE TABLE filler (x text) WITH (autovacuum_enabled = false) TABLESPACE small');
      await db.query('ALTER TABLE filler ALTER x SET STORAGE PLAIN');
      const fill = () => db.query("INSERT INTO filler VALUES (repeat('x', 7000))");
      await expect(async () => {
        for (;;) await fill();
      }).rejects.toMatchObject({ code: '53100' });

      const watch = await begin(of);
      await until(async () => (await carryover.logOf('worker')).includes('53100'));
      await expectExplained(carryover, of.accountId, /^The worker cannot use the store \(.*53100/);
      execFileSync('mount', ['-o', `remount,${options(100_000)}`, disk]);
      await end(of, watch);
      await db.query('DROP TABLE filler');
      await db.query('ALTER INDEX messages_thread SET TABLESPACE pg_default');
      await db.query('DROP TABLESPACE small');
    } finally {
      await db.end();
      execFileSync('umount', ['-l', disk]);
      await rm(disk, { recursive: true });
    }
  });

  it('the polled call is answered in less than 500 bytes while Temporal, the source and the store are gone', async () => {
    const { accountId } = carryover.world.account;
    const poll = () =>
      fetch(`${carryover.env['PUBLIC_URL']}/v2/check-migration-status?account_id=${accountId}`, {
        headers: { authorization: carryover.authorization },
      });
    const before = await (await poll()).text();
    await carryover.world.stop();
    const [temporal, postgres] = again as [RunningServer, RunningServer];
    await carryover.kill(temporal);
    expect(await (await poll()).text()).toBe(before);
    process.kill(postgres.pid, 'SIGINT');
    await until(async () => (await carryover.call('GET', '/readyz')).status === 503);
    expect(await (await poll()).text()).toBe(before);
    expect(Buffer.byteLength(before)).toBeLessThan(500);
  });
});
