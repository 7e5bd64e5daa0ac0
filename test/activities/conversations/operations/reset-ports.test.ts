import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resetActivities } from '../../../../activities/conversations/operations/reset.js';
import { carrierClient, type CarrierClient } from '../../../../gateways/carrier/client.js';
import type { ObjectStore } from '../../../../gateways/objects/object-store.js';
import type { WorkflowControl } from '../../../../gateways/temporal/workflow-control.js';
import { type CallWorld, callWorld, follow, provisionAll, serve } from '../account/call-world.js';
import { systemClock } from '../../../../gateways/clock.js';

let world: CallWorld;
let carrier: CarrierClient;
beforeAll(async () => {
  world = await callWorld();
  carrier = carrierClient({ baseUrl: world.carrier.url, token: 'p-token' });
});
afterAll(async () => {
  await carrier.close();
  await world.close();
});

const orders = () => [...world.carrier.orders.values()];
const portOf = (phoneNumber: string) =>
  world.store.prisma.phonePorting.findFirstOrThrow({ where: { phoneNumber } });
const cancelPorts = () => {
  const { cancelPorts: cancel } = resetActivities({
    clock: systemClock,
    store: world.store,
    carrier,
    publicUrl: 'http://127.0.0.1:9',
    objects: {} as ObjectStore,
    workflows: {} as WorkflowControl,
  });
  return new MockActivityEnvironment(defaultActivityInfo).run(cancel, { accountId: 'acc_1' });
};

test('a reset cancels an order whose answer was lost, and asks about none that was never placed', async () => {
  const [lost, never, refused] = ['+14155560001', '+14155560002', '+14155560003'];
  const ported = { port_phone_number: true };
  serve(world, 'acc_1', {
    br_1: [
      { channel_id: 'lost', phone_number: lost, ...ported },
      { channel_id: 'never', phone_number: never, ...ported },
      { channel_id: 'refused', phone_number: refused, ...ported },
    ],
  });
  await provisionAll(world, 'acc_1');
  world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
  await follow(world, { accountId: 'acc_1', channelId: 'lost' }).catch(() => undefined);
  // The carrier was asked and refused; that answer was lost too.
  world.carrier.setBehaviour(refused, { refuse: 'not portable' });
  world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
  await follow(world, { accountId: 'acc_1', channelId: 'refused' }).catch(() => undefined);
  expect(await portOf(lost)).toMatchObject({ portOrderId: null, askedAt: expect.any(Date) });
  expect(orders()).toMatchObject([{ phone_number: lost, status: 'submitted' }]);

  // The answer is lost once more, in the reset, which still finds the order.
  world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
  await expect(cancelPorts()).rejects.toThrow('carrier');
  expect(await cancelPorts()).toEqual({ cancelled: 1, kept: 0 });
  expect(orders()).toMatchObject([{ phone_number: lost, status: 'cancelled' }]);
  expect(await portOf(lost)).toMatchObject({
    portOrderId: null,
    askedAt: null,
    attempt: 2,
    status: 'pending',
  });
  expect(await portOf(refused)).toMatchObject({ portOrderId: null, askedAt: null, status: 'pending' });
  expect(await cancelPorts()).toEqual({ cancelled: 0, kept: 0 });
  expect(orders()).toHaveLength(1);

  await follow(world, { accountId: 'acc_1', channelId: 'lost' });
  const open = orders().filter((order) => order.status !== 'cancelled');
  expect(open.map((order) => order.phone_number)).toEqual([lost]);
});
