import { migrationOf } from '../../../../domain/conversations/migration.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CarrierStatus, PortingState } from '../../../../domain/conversations/porting.js';
import {
  endCatchingUp,
  portsCatchingUp,
} from '../../../../gateways/store/conversations/account/catching-up.js';
import { joinPolling } from '../../../../gateways/store/conversations/streams/join.js';
import { callWorld, follow, provisionAll } from './call-world.js';
import type { CallWorld } from './call-world.js';
import { news, PortedAccount } from './ported-account.js';
import { forThisFile } from '../../../support/for-this-file.js';

let world: CallWorld;
let account: PortedAccount;
forThisFile(callWorld, (opened) => (world = opened));
beforeEach(async () => {
  account = await PortedAccount.provision(world);
});

describe('A callback about a port', () => {
  test('counts even if the carrier’s clock is far behind', async () => {
    await follow(world, account.lead);
    expect(await account.tell({ status: 'foc', at: '2001-01-01T00:00:00.000Z' })).toMatchObject({
      status: 'foc',
    });
  });

  test('that is late, repeated or after the end changes nothing', async () => {
    await follow(world, account.lead);
    await account.tell(news('exception', 5));
    expect(await account.channels()).toEqual(['failure', 'failure', 'failure', 'ready']);
    await account.tell(news('foc', 3));
    expect(await account.port()).toMatchObject({ status: 'exception' });
    await account.tell(news('foc', 8));
    expect(await account.channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
    const { version } = await world.store.prisma.statusDocument.findUniqueOrThrow({
      where: { kind_subject: migrationOf(account.accountId) },
    });
    await account.tell(news('foc', 8));
    await account.tell(news('complete', 2));
    await account.tell(news('exception', 20));
    expect(await account.port()).toMatchObject({ status: 'complete' });
    expect(await account.channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
    const after = await world.store.prisma.statusDocument.findUniqueOrThrow({
      where: { kind_subject: migrationOf(account.accountId) },
    });
    expect(after.version).toBe(version + 1n);
  });

  test('that completes the port of a followed account leaves its channels porting until they have caught up', async () => {
    await follow(world, account.lead);
    const { pool } = world.store;
    const brandIds = [account.id('one'), account.id('two')];
    await joinPolling(pool, { accountId: account.accountId, brandIds, at: new Date() });
    await account.tell(news('complete', 5));
    const porting = ['porting', 'porting', 'porting', 'ready'];
    expect(await account.channels()).toEqual(porting);
    await provisionAll(world, account.accountId);
    expect(await account.channels()).toEqual(porting);
    for (const port of await portsCatchingUp(pool, 'poll')) await endCatchingUp(pool, port);
    expect(await account.channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
  });

  test('records the carrier’s reason', async () => {
    await follow(world, account.lead);
    await account.tell(news('exception', 5), account.orders()[0], 'address differs');
    expect(await account.port()).toMatchObject({ status: 'exception', reason: 'address differs' });
  });

  test('about another order changes nothing', async () => {
    await follow(world, account.lead);
    expect(await account.tell(news('cancelled', 5), 'po_before_the_reset')).toBeUndefined();
    expect(await account.port()).toMatchObject({ status: 'submitted' });
    expect(await account.channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
  });

  test('that overtakes the answer to the order is settled with it, even if that answer was lost at first', async () => {
    world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
    await expect(follow(world, account.lead)).rejects.toMatchObject({ type: 'CarrierUnavailable' });
    expect(await account.tell(news('exception', 5), account.orders()[0], 'address differs')).toBeUndefined();
    expect(await account.channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
    expect(await follow(world, account.lead)).toMatchObject({ status: 'exception' });
    expect(await account.port()).toMatchObject({ status: 'exception', reason: 'address differs' });
    expect(await account.channels()).toEqual(['failure', 'failure', 'failure', 'ready']);
    expect(await account.tell(news('complete', 6), account.orders()[0])).toMatchObject({
      status: 'complete',
    });
    expect(await account.channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect(account.orders()).toHaveLength(1);
  });

  test('leads to the same state in any order', async () => {
    const items = fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.constantFrom<CarrierStatus>('submitted', 'foc', 'exception'), {
          minLength: 4,
          maxLength: 4,
        }),
        fc.constantFrom<CarrierStatus | undefined>(undefined, 'complete', 'cancelled'),
      )
      .map(([seconds, words, end]) => [
        ...seconds.map((second, index) => news(words[index] ?? 'foc', second)),
        ...(end === undefined ? [] : [news(end, 60)]),
      ]);
    const twoOrders = items.chain((list) =>
      fc.tuple(
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    const outcome = async (list: readonly PortingState[]): Promise<unknown> => {
      const fresh = await PortedAccount.provision(world);
      await follow(world, fresh.lead);
      for (const item of list) await fresh.tell(item);
      return { port: (await fresh.port()).status, channels: await fresh.channels() };
    };
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([one, other]) => {
        expect(await outcome(one)).toEqual(await outcome(other));
      }),
      { numRuns: 12 },
    );
  });
});
