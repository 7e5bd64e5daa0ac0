import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carrierClient } from '../../../gateways/carrier/client.js';
import type { CarrierClient } from '../../../gateways/carrier/client.js';
import { startCarrier } from '../../../dev/sample/carrier.js';
import { json, misbehavingServer, NO_ANSWERS } from '../http/misbehaving-server.js';
import type { MisbehavingServer } from '../http/misbehaving-server.js';

let server: MisbehavingServer;
let client: CarrierClient;
/** For servers that do not answer. */
let impatient: CarrierClient;
beforeEach(async () => {
  server = await misbehavingServer();
  const options = { baseUrl: server.url, token: 't0ken', maxBytes: 200_000 };
  client = carrierClient(options);
  impatient = carrierClient({ ...options, timeoutMs: 200 });
});
afterEach(async () => {
  await client.close();
  await impatient.close();
  await server.close();
});

const request = {
  phoneNumber: '+14155550000',
  accountId: 'acc_1',
  channelId: 'ch_1',
  callbackUrl: 'http://127.0.0.1:1/v2/porting-callbacks',
  idempotencyKey: 'carryover/acc_1/+14155550000/1',
};
const failing = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
/** Every call, by name. */
const calls: Record<string, (carrier: CarrierClient) => Promise<unknown>> = {
  ordering: (carrier) => carrier.orderPort(request),
  asking: (carrier) => carrier.getPortOrder('po/1'),
  cancelling: (carrier) => carrier.cancelPortOrder('po/1'),
};

describe('The carrier client', () => {
  test('follows the carrier’s contract from order to end', async () => {
    const carrier = await startCarrier({
      token: 't',
      webhookSecrets: ['whsec_c2VjcmV0'],
      schedule: 'manual',
    });
    const real = carrierClient({ baseUrl: carrier.url, token: 't' });
    const order = await real.orderPort(request);
    expect(order).toMatchObject({ status: 'submitted', reason: null });
    expect(await real.orderPort(request)).toMatchObject({ ...order, at: expect.any(Date) as Date });
    const { portOrderId } = order as { portOrderId: string };
    carrier.move(portOrderId, 'exception', 'name differs');
    expect(await real.getPortOrder(portOrderId)).toMatchObject({
      status: 'exception',
      reason: 'name differs',
    });
    expect(await real.orderPort({ ...request, idempotencyKey: 'another' })).toMatchObject({ refused: true });
    expect(await real.getPortOrder('po_nowhere')).toBeUndefined();
    expect(await real.cancelPortOrder('po_nowhere')).toBe('unknown');
    expect(await real.cancelPortOrder(portOrderId)).toBe('cancelled');
    const next = await real.orderPort({ ...request, idempotencyKey: 'next' });
    carrier.move((next as { portOrderId: string }).portOrderId, 'complete');
    expect(await real.cancelPortOrder((next as { portOrderId: string }).portOrderId)).toBe('too-late');
    await real.close();
    await carrier.stop();
  });

  test('sends token, key and order as the contract says, whatever the ids', async () => {
    server.answer = json(201, { port_order_id: 'po_1', status: 'submitted' });
    await client.orderPort({ ...request, idempotencyKey: 'carryover/Zoë\n\ud800/+1/1' });
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/port-orders' });
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer t0ken',
      'idempotency-key': 'carryover/Zo%C3%AB%0A%EF%BF%BD/+1/1',
      'content-type': 'application/json',
    });
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      phone_number: '+14155550000',
      account_id: 'acc_1',
      channel_id: 'ch_1',
      callback_url: 'http://127.0.0.1:1/v2/porting-callbacks',
    });
    server.answer = json(200, { port_order_id: 'po/1', status: 'submitted' });
    await client.getPortOrder('po/1');
    expect(server.asked[1]?.path).toBe('/port-orders/po%2F1');
  });

  test('takes the time of an answer from the carrier’s clock', async () => {
    server.answer = json(
      200,
      { port_order_id: 'po_1', status: 'foc' },
      { date: 'Thu, 01 Jan 2026 00:01:00 GMT' },
    );
    expect(await client.getPortOrder('po_1')).toMatchObject({ at: new Date('2026-01-01T00:01:00.000Z') });
  });

  test.each([409, 422])('takes %d for an answer: the number is refused, and why', async (status) => {
    server.answer = json(status, { reason: 'not ours' });
    expect(await client.orderPort(request)).toEqual({ refused: true, reason: 'not ours' });
    server.answer = json(status, 'no');
    expect(await client.orderPort(request)).toEqual({ refused: true, reason: null });
  });

  for (const [call, run] of Object.entries(calls)) {
    for (const [what, answer] of Object.entries(NO_ANSWERS)) {
      // Cancelling needs no body: its status says all.
      if (call === 'cancelling' && what === 'answers 200 without JSON') continue;
      test(`calls the carrier unavailable when it ${what} to ${call}`, async () => {
        server.answer = answer;
        const error = await failing(run(impatient));
        expect(error).toMatchObject({ name: 'CarryoverError', type: 'CarrierUnavailable' });
        expect((error as Error).message).not.toContain('4155550000');
      });
    }

    test(`passes on how long a busy carrier wants to be left alone by ${call}`, async () => {
      server.answer = json(429, {}, { 'retry-after': '17' });
      expect(await failing(run(client))).toMatchObject({
        type: 'CarrierThrottled',
        options: { retryAfterSeconds: 17 },
      });
    });

    test(`tells that the carrier takes no token for ${call}`, async () => {
      server.answer = json(401, {});
      expect(await failing(run(client))).toMatchObject({ type: 'CarrierRejectsToken' });
    });
  }

  test('refuses an answer that is not an order', async () => {
    for (const body of [
      {},
      { port_order_id: '', status: 'foc' },
      { port_order_id: 'po_1', status: 'lost' },
    ]) {
      server.answer = json(200, body);
      expect(await failing(client.getPortOrder('po_1'))).toMatchObject({ type: 'CarrierUnavailable' });
      expect(await failing(client.orderPort(request))).toMatchObject({ type: 'CarrierUnavailable' });
    }
  });
});
