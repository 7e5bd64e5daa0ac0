import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { expectExplained } from '../e2e/explained.js';
import { addAccount } from '../../dev/sample/add-account.js';
import { startMigration, statusOf, untilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';
import { tellOfDeath, WatchedWorker } from './watched-worker.js';

interface View {
  paused: object | null;
  cancelled: object | null;
  messages_to_temporal: number;
}

const ROUNDS = 3;

describe('concurrent requests', () => {
  let carryover: Carryover;
  let temporal: Connection;
  let worker: WatchedWorker;
  let seed = 80;

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed, accountId: 'acc_80', brands: 2, threads: 20, messages: 300, portedNumbers: 1 },
      environment: { MIGRATION_RESET_ALLOWED: 'true' },
    });
    temporal = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
    worker = new WatchedWorker(carryover, 'worker-1');
  });
  afterAll(async () => {
    await carryover?.stop();
    await temporal?.close();
  });

  const account = () => {
    seed += 1;
    const size = { threads: 40, messages: 2_000, portedNumbers: 1 };
    return addAccount(carryover, { seed, accountId: `acc_${seed}`, brands: 2, ...size });
  };
  const steer = (accountId: string, action: string) =>
    carryover.call('POST', `/v2/migrations/${accountId}/${action}`);
  const view = async (accountId: string) =>
    (await carryover.call('GET', `/v2/migrations/${accountId}`)).body as View;
  const audited = async (accountId: string) => {
    const { body } = await carryover.call('GET', `/v2/audit?account_id=${accountId}`);
    return (body as { entries: { action: string }[] }).entries.map(({ action }) => action);
  };

  /** Side by side: each with an account of its own. */
  const rounds = (work: (round: number) => Promise<void>) =>
    Promise.all(Array.from({ length: ROUNDS }, (_, round) => work(round)));

  it('two starts: one migration', async () => {
    const before = carryover.world.carrier.requests.order;
    await rounds(async () => {
      const one = await account();
      const answers = await Promise.all([1, 2, 3].map(() => startMigration(carryover, one.accountId)));
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      await untilDone(carryover, one.accountId);
      await expectStoreToHold(carryover.store, one);
    });
    expect(carryover.world.carrier.requests.order).toBe(before + ROUNDS);
  });

  it('a start against a cancel: it runs to its end, or is cancelled and can be started again', async () => {
    await rounds(async (round) => {
      const one = await account();
      await startMigration(carryover, one.accountId);
      if (round > 0) await steer(one.accountId, 'cancel');
      const orders = [() => startMigration(carryover, one.accountId), () => steer(one.accountId, 'cancel')];
      const answers = await Promise.all(
        (round % 2 === 0 ? orders : orders.toReversed()).map((order) => order()),
      );
      for (const { status } of answers) expect([200, 202]).toContain(status);
      await until(async () => {
        const { status } = await statusOf(carryover, one.accountId);
        const { cancelled, messages_to_temporal: undelivered } = await view(one.accountId);
        // Of a brand that had its recent messages by then, the account stays `migrating`.
        return status === 'all-messages-migrated' || (cancelled !== null && undelivered === 0);
      });
      expect(await audited(one.accountId)).toEqual(expect.arrayContaining(['start', 'cancel']));
      await startMigration(carryover, one.accountId);
      await untilDone(carryover, one.accountId);
      await expectStoreToHold(carryover.store, one);
    });
  });

  it('a pause against a resume: it waits and says so, or goes on; a resume then always helps', async () => {
    await rounds(async (round) => {
      const one = await account();
      await startMigration(carryover, one.accountId);
      const actions = ['pause', 'resume', 'pause', 'resume'];
      await Promise.all(actions.slice(round % 2).map((action) => steer(one.accountId, action)));
      const { paused } = await view(one.accountId);
      expect([null, { by: 'end-to-end', since: expect.any(String) }]).toContainEqual(paused);
      if (paused !== null) {
        await expectExplained(carryover, one.accountId, /is paused: end-to-end paused it at/);
        await steer(one.accountId, 'resume');
      }
      await untilDone(carryover, one.accountId);
      expect(await view(one.accountId)).toMatchObject({ paused: null, messages_to_temporal: 0 });
      await expectStoreToHold(carryover.store, one);
    });
  });

  const reset = (accountId: string) =>
    carryover.call('POST', '/v2/reset-migration', { account_id: accountId });
  const expectTaken = (answers: readonly { readonly status: number }[]) => {
    for (const { status } of answers) expect([200, 202]).toContain(status);
  };
  /** A reset starts the account itself: whoever came first, it has been emptied and is migrated anew, with one live order a number. */
  const expectMigratedAnew = async (one: SampleAccount, before: string) => {
    await until(async () => {
      const { rows } = await carryover.store.query<{ anew: boolean }>(
        `SELECT resetting IS NULL AND status = 'all-messages-migrated' AS anew FROM carryover.migrations WHERE subject = $1`,
        [one.accountId],
      );
      return rows[0]?.anew === true;
    });
    await untilDone(carryover, one.accountId);
    await expectStoreToHold(carryover.store, one);
    const { rows } = await carryover.store.query<{ old: number }>(
      `SELECT count(*)::int AS old FROM messages m JOIN message_threads t ON t.id = m.thread_id
       JOIN brands b ON b.id = t.brand_id JOIN accounts a ON a.id = b.account_id
       WHERE a.source_id = $1 AND m.id <= $2`,
      [one.accountId, before],
    );
    expect(rows).toEqual([{ old: 0 }]);
    const live = [...carryover.world.carrier.orders.values()].filter(
      (order) => order.account_id === one.accountId && order.status !== 'cancelled',
    );
    expect(live).toHaveLength(1);
    expect(await view(one.accountId)).toMatchObject({ cancelled: null, messages_to_temporal: 0 });
    expect(await audited(one.accountId)).toContain('reset');
  };
  const newestMessage = async () => {
    const { rows } = await carryover.store.query<{ id: string }>(
      'SELECT coalesce(max(id), 0) AS id FROM messages',
    );
    return rows[0]?.id ?? '0';
  };
  /** The worker dies in the middle of such an activity; another comes only with `comeBack`. */
  const dieIn = async (type: string) => {
    await until(async () => {
      await worker.look();
      return [...worker.underWay.values()].some((activity) => activity.type === type);
    });
    await carryover.kill(worker);
    await worker.lastLook();
    await tellOfDeath(
      new Client({ connection: temporal, namespace: carryover.stack.env.TEMPORAL_NAMESPACE }),
      [...worker.underWay.values()],
    );
  };
  const comeBack = () => {
    worker = new WatchedWorker(carryover, `worker-${++workers}`);
  };
  let workers = 1;

  it('a reset against a start: it is emptied, and migrated anew once', async () => {
    await rounds(async (round) => {
      const one = await account();
      if (round > 0) await startMigration(carryover, one.accountId);
      if (round === 1) await untilDone(carryover, one.accountId);
      const before = await newestMessage();
      const orders = [() => startMigration(carryover, one.accountId), () => reset(one.accountId)];
      expectTaken(
        await Promise.all((round % 2 === 0 ? orders : orders.toReversed()).map((order) => order())),
      );
      await expectMigratedAnew(one, round === 1 ? before : '0');
    });
  });

  it('a reset after a start whose worker has died, and a start after a reset whose worker has died: the same', async () => {
    const started = await account();
    expectTaken([await startMigration(carryover, started.accountId)]);
    await dieIn('copySlices');
    const before = await newestMessage();
    expectTaken([await reset(started.accountId)]);
    comeBack();
    await expectMigratedAnew(started, before);

    const again = await newestMessage();
    expectTaken([await reset(started.accountId)]);
    await dieIn('endWorkflows');
    expectTaken([await startMigration(carryover, started.accountId)]);
    comeBack();
    await expectMigratedAnew(started, again);
  });
});
