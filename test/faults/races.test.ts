import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { addAccount, startMigration, statusOf, untilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';

interface View {
  paused: object | null;
  cancelled: object | null;
  messages_to_temporal: number;
}

const ROUNDS = 3;

describe('orders that come at the same moment', () => {
  let carryover: Carryover;
  let seed = 80;

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed, accountId: 'acc_80', brands: 2, threads: 20, messages: 300, portedNumbers: 1 },
    });
    carryover.startWorker();
  });
  afterAll(async () => {
    await carryover?.stop();
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

  it('two starts: one migration', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await account();
      const before = carryover.world.carrier.requests.order;
      const answers = await Promise.all([1, 2, 3].map(() => startMigration(carryover, one.accountId)));
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      await untilDone(carryover, one.accountId);
      await expectStoreToHold(carryover.store, one);
      expect(carryover.world.carrier.requests.order).toBe(before + 1);
    }
  }, 180_000);

  it('a start against a cancel: it runs to its end, or is cancelled and can be started again', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
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
        const { cancelled } = await view(one.accountId);
        return status === 'all-messages-migrated' || (cancelled !== null && status !== 'migrating');
      }, 90);
      expect(await audited(one.accountId)).toEqual(expect.arrayContaining(['start', 'cancel']));
      await startMigration(carryover, one.accountId);
      await untilDone(carryover, one.accountId);
      await expectStoreToHold(carryover.store, one);
    }
  }, 300_000);

  it('a pause against a resume: it waits and says so, or goes on; a resume then always helps', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await account();
      await startMigration(carryover, one.accountId);
      const actions = ['pause', 'resume', 'pause', 'resume'];
      await Promise.all(actions.slice(round % 2).map((action) => steer(one.accountId, action)));
      const { paused } = await view(one.accountId);
      expect([null, { by: 'end-to-end', since: expect.any(String) }]).toContainEqual(paused);
      if (paused !== null) await steer(one.accountId, 'resume');
      await untilDone(carryover, one.accountId);
      expect(await view(one.accountId)).toMatchObject({ paused: null, messages_to_temporal: 0 });
      await expectStoreToHold(carryover.store, one);
    }
  }, 300_000);
});
