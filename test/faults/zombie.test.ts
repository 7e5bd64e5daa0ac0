import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { type FaultProxy, startFaultProxy } from '../../dev/faults/fault-proxy.js';
import { expectExplained } from '../e2e/explained.js';
import { addAccount } from '../../dev/sample/add-account.js';
import { startMigration, untilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';
import { type CutOff, startCutOff } from '../../dev/faults/cut-off.js';
import { isPage } from '../../dev/faults/pages.js';

describe('a worker that is stopped for longer than its heartbeat, and then resumes', () => {
  let proxy: FaultProxy;
  let carryover: Carryover;
  let temporal: CutOff;

  beforeAll(async () => {
    proxy = await startFaultProxy();
    carryover = await startCarryover({
      account: { seed: 90, accountId: 'acc_90', brands: 1, threads: 400, messages: 6_000, dirt: 'all' },
      environment: { DYNAMODB_ENDPOINT: proxy.url },
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    temporal = await startCutOff(carryover.stack.env.TEMPORAL_ADDRESS);
  });
  afterAll(async () => {
    await carryover?.stop();
    await temporal?.stop();
    await proxy?.stop();
  });

  /** All that an import writes, as one digest a table. */
  const everything = async () => {
    const tables = [
      'carryover.work',
      'carryover.tallies',
      'carryover.phases',
      'messages',
      'message_threads',
      'thread_sources',
      'contacts',
      'quarantined_records',
      'carryover.superseded_copies',
      'carryover.status_documents',
    ];
    const digests = tables.map(async (table) => {
      const { rows } = await carryover.store.query<{ digest: string }>(
        `SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${table} t
         WHERE NOT t::text LIKE '%acc_91%'`,
      );
      return [table, rows[0]?.digest];
    });
    return Object.fromEntries(await Promise.all(digests)) as Record<string, string>;
  };

  it('cannot write any more: the work of another one stays unchanged', async () => {
    const { account } = carryover.world;
    const zombie = carryover.startWorker({ TEMPORAL_ADDRESS: temporal.address });
    let pages = 0;
    // It is stopped while it waits for a page; the page is there when it goes on, and a batch is made of it.
    proxy.fault = (body) => {
      if (body.includes('"by_brand"') && isPage(body) && ++pages === 3) {
        process.kill(zombie.pid, 'SIGSTOP');
        // Or Temporal would give it tasks for a minute more: it has asked for them.
        temporal.cut();
      }
      return undefined;
    };
    await startMigration(carryover, account.accountId);
    await until(() => pages >= 3);
    const held = await carryover.store.query<{ open: number }>(
      'SELECT count(*)::int AS open FROM carryover.work WHERE NOT done AND leased_by IS NOT NULL',
    );
    expect(held.rows[0]?.open).toBeGreaterThan(0);

    const successor = carryover.startWorker();
    await expectExplained(carryover, account.accountId, /waits for .*has given no sign of life since/);
    await untilDone(carryover, account.accountId);
    const before = await everything();
    await carryover.kill(successor);

    // That it has written its batch, in vain, is known from what it does afterwards: another account's migration.
    const other = await addAccount(carryover, {
      seed: 91,
      accountId: 'acc_91',
      brands: 1,
      threads: 0,
      messages: 0,
      portedNumbers: 0,
    });
    temporal.open = true;
    process.kill(zombie.pid, 'SIGCONT');
    await startMigration(carryover, other.accountId);
    await untilDone(carryover, other.accountId);
    const log = await carryover.logOf('worker');
    // Where it was stopped within a transaction, the store has ended that meanwhile.
    expect(log).toMatch(/LeaseLost|Another worker now owns|the connection was lost/);
    expect(await ofFirst(before)).toEqual(before);
    await expectStoreToHold(carryover.store, account);
  });

  /** The other account has no records: only its phases and slices are more. */
  const ofFirst = async (before: Record<string, string>) => ({
    ...(await everything()),
    ...Object.fromEntries(Object.entries(before).filter(([table]) => table.startsWith('carryover.'))),
  });
});
