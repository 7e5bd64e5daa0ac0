import fastify from 'fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCarrier, type Carrier, type CarrierOptions } from '../../dev/sample/carrier.js';
import { systemClock } from '../../gateways/clock.js';

const SECRET = `whsec_${Buffer.from('a secret of the carrier, for tests').toString('base64')}`;
const NEXT_SECRET = `whsec_${Buffer.from('the secret that comes after it').toString('base64')}`;
const FAST = { firstStepMs: 20, nextStepMs: 20 };

interface Received {
  id: string;
  headers: Record<string, string>;
  text: string;
  body: { type: string; timestamp: string; data: Record<string, unknown> };
}

interface CallOptions {
  method?: string;
  key?: string;
  body?: unknown;
  token?: string;
}

describe('the sample carrier', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sample-carrier-'));
  const receiver = fastify({ forceCloseConnections: true });
  const received: Received[] = [];
  let answers: number[] = [];
  let receiverUrl = '';
  let callbackUrl = '';
  let carriers: Carrier[] = [];

  receiver.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  receiver.post('/callbacks/*', async (request, reply) => {
    // A callback of the test before may still be on its way.
    if (receiverUrl + request.url !== callbackUrl) return reply.code(410).send();
    const text = String(request.body);
    const headers = request.headers as Record<string, string>;
    received.push({
      id: headers['webhook-id'] ?? '',
      headers,
      text,
      body: JSON.parse(text) as Received['body'],
    });
    return reply.code(answers.shift() ?? 204).send();
  });

  let tests = 0;
  beforeAll(async () => {
    receiverUrl = await receiver.listen({ host: '127.0.0.1', port: 0 });
  });
  beforeEach(() => {
    callbackUrl = `${receiverUrl}/callbacks/${++tests}`;
    received.length = 0;
    answers = [];
  });
  afterEach(async () => {
    for (const carrier of carriers) await carrier.stop();
    carriers = [];
  });
  afterAll(async () => {
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (options: Partial<CarrierOptions> = {}): Promise<Carrier> => {
    const carrier = await startCarrier({
      token: 'secret',
      webhookSecrets: [SECRET],
      schedule: FAST,
      redelivery: { firstMs: 10, maxMs: 40 },
      ...options,
    });
    carriers.push(carrier);
    return carrier;
  };
  const call = async (carrier: Carrier, path: string, options: CallOptions = {}) => {
    const answer = await fetch(carrier.url + path, {
      method: options.method ?? 'POST',
      headers: {
        authorization: `Bearer ${options.token ?? 'secret'}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string | null> };
  };
  const request = (phone_number: string) => ({ phone_number, account_id: 'acc_1', channel_id: 'ch_1', callback_url: callbackUrl }); // prettier-ignore
  const order = (carrier: Carrier, phone: string, key = `key ${phone}`) =>
    call(carrier, '/port-orders', { key, body: request(phone) });
  const statusOf = async (carrier: Carrier, id: string | null | undefined) =>
    (await call(carrier, `/port-orders/${id}`, { method: 'GET' })).body['status'];
  const sorted = (texts: unknown[]) => texts.map(String).sort((a, b) => a.localeCompare(b));
  const statuses = () => received.map((one) => one.body.data['status']);

  it('accepts an order, moves it to foc and complete, and sends signed callbacks', async () => {
    const carrier = await start();
    const placed = await order(carrier, '+14065550001');
    expect(placed.status).toBe(201);
    expect(placed.body).toEqual({ port_order_id: expect.any(String) as string, status: 'submitted' });
    await vi.waitFor(() => expect(statuses()).toEqual(['foc', 'complete']));
    const { port_order_id } = placed.body;
    const shown = await call(carrier, `/port-orders/${port_order_id}`, { method: 'GET' });
    expect(shown).toEqual({
      status: 200,
      body: {
        port_order_id,
        phone_number: '+14065550001',
        channel_id: 'ch_1',
        status: 'complete',
        reason: null,
      },
    });
    for (const one of received) {
      expect(new Webhook(SECRET).verify(one.text, one.headers)).toEqual(one.body);
      expect(() => new Webhook(NEXT_SECRET).verify(one.text, one.headers)).toThrow(/signature/);
      expect(one.body.type).toBe('port_order.updated');
      expect(Object.keys(one.body.data).sort()).toEqual(['channel_id', 'phone_number', 'port_order_id', 'reason', 'status']); // prettier-ignore
    }
    expect((received[0]?.body.timestamp ?? '') < (received[1]?.body.timestamp ?? '')).toBe(true);
    expect(received[0]?.id).not.toBe(received[1]?.id);
  });

  it('returns the same order for the same key, and refuses the number under another key', async () => {
    const carrier = await start({ schedule: 'manual' });
    const first = await order(carrier, '+14065550001', 'one');
    const again = await order(carrier, '+14065550001', 'one');
    expect(again).toEqual({ status: 200, body: first.body });
    const other = await order(carrier, '+14065550001', 'two');
    expect(other.status).toBe(409);
    expect(other.body['reason']).toMatch(/already being ported/);
    carrier.move(first.body['port_order_id'] ?? '', 'cancelled');
    expect((await order(carrier, '+14065550001', 'two')).status).toBe(201);
    expect(carrier.orders.size).toBe(2);
  });

  it('refuses requests without a token, incomplete requests, and numbers on its list', async () => {
    const carrier = await start({
      behaviours: {
        '+14065550002': { refuse: 'not portable' },
        '+14065550003': { alreadyPorting: 'somebody else ports it' },
      },
    });
    const body = request('+14065550001');
    expect((await call(carrier, '/port-orders', { key: 'k', body, token: 'wrong' })).status).toBe(401);
    expect((await call(carrier, '/port-orders', { body })).status).toBe(400);
    expect((await call(carrier, '/port-orders', { key: 'k', body: { phone_number: '+1' } })).status).toBe(
      400,
    );
    expect(await order(carrier, '+14065550002')).toEqual({ status: 422, body: { reason: 'not portable' } });
    expect(await order(carrier, '+14065550003')).toEqual({
      status: 409,
      body: { reason: 'somebody else ports it' },
    });
    expect((await order(carrier, '4065550004')).status).toBe(422);
    expect((await call(carrier, '/port-orders/po_x', { method: 'GET' })).status).toBe(404);
    expect((await call(carrier, '/port-orders/po_x/cancel')).status).toBe(404);
    expect(carrier.orders.size).toBe(0);
  });

  it('cancels an order until it is complete', async () => {
    const carrier = await start({ schedule: 'manual' });
    const one = (await order(carrier, '+14065550001')).body['port_order_id'];
    const cancelled = await call(carrier, `/port-orders/${one}/cancel`, { body: {} });
    expect([cancelled.status, cancelled.body['status']]).toEqual([200, 'cancelled']);
    expect((await call(carrier, `/port-orders/${one}/cancel`)).status).toBe(200);
    await vi.waitFor(() => expect(statuses()).toEqual(['cancelled']));
    const two = (await order(carrier, '+14065550002')).body['port_order_id'];
    carrier.move(two ?? '', 'complete');
    expect((await call(carrier, `/port-orders/${two}/cancel`)).status).toBe(409);
  });

  it('resends a callback with the same id until it is accepted, but not for ever', async () => {
    const carrier = await start({ schedule: 'manual' });
    answers = [500, 404, 204];
    const one = (await order(carrier, '+14065550001')).body['port_order_id'];
    carrier.move(one ?? '', 'foc');
    await vi.waitFor(() => expect(carrier.callbacks.accepted).toBe(1));
    expect(received).toHaveLength(3);
    expect(new Set(received.map((each) => each.id)).size).toBe(1);

    const stubborn = await start({ schedule: 'manual', redelivery: { firstMs: 1, maxMs: 2, attempts: 4 } });
    answers = Array<number>(20).fill(503);
    const two = (await order(stubborn, '+14065550002')).body['port_order_id'];
    stubborn.move(two ?? '', 'foc');
    await vi.waitFor(() => expect(stubborn.callbacks.givenUp).toBe(1));
    expect(stubborn.callbacks.sent).toBe(4);
  });

  it('signs with every secret while they are rotated', async () => {
    const carrier = await start({ schedule: 'manual' });
    carrier.useSecrets([NEXT_SECRET, SECRET]);
    const one = (await order(carrier, '+14065550001')).body['port_order_id'];
    carrier.move(one ?? '', 'foc');
    await vi.waitFor(() => expect(received).toHaveLength(1));
    for (const secret of [SECRET, NEXT_SECRET]) {
      expect(new Webhook(secret).verify(received[0]?.text ?? '', received[0]?.headers ?? {})).toBeTruthy();
    }
  });

  it('can call back twice, out of order, late or never, and resolve an exception', async () => {
    const carrier = await start({
      behaviours: {
        '+14065550001': { callbacks: 'twice' },
        '+14065550002': { callbacks: 'reversed' },
        '+14065550003': { callbacks: { lateMs: 80 } },
        '+14065550004': { callbacks: 'none' },
        '+14065550005': { path: ['exception', 'foc', 'complete'], reason: 'name does not match' },
      },
    });
    const of = (phone: string) => received.filter((one) => one.body.data['phone_number'] === phone);
    const said = (phone: string) => of(phone).map((one) => one.body.data['status']);
    const silent = await order(carrier, '+14065550004');
    for (const last of [1, 2, 3, 5]) await order(carrier, `+1406555000${last}`);

    await vi.waitFor(() => expect(said('+14065550001')).toHaveLength(4));
    expect(new Set(of('+14065550001').map((one) => one.id)).size).toBe(2);
    await vi.waitFor(() => expect(said('+14065550002')).toEqual(['complete', 'foc']));
    await vi.waitFor(() => expect(sorted(said('+14065550003'))).toEqual(['complete', 'foc']));
    await vi.waitFor(() => expect(said('+14065550005')).toEqual(['exception', 'foc', 'complete']));
    expect(of('+14065550005')[0]?.body.data['reason']).toBe('name does not match');
    expect(of('+14065550005')[1]?.body.data['reason']).toBeNull();
    await vi.waitFor(async () =>
      expect(await statusOf(carrier, silent.body['port_order_id'])).toBe('complete'),
    );
    expect(said('+14065550004')).toEqual([]);
  });

  it('continues after a restart, with orders, keys, changes and callbacks', async () => {
    const stateFile = join(folder, 'orders.json');
    const first = await start({
      stateFile,
      schedule: { firstStepMs: 5, nextStepMs: 60 },
      redelivery: { firstMs: 50 },
    });
    answers = Array<number>(50).fill(500);
    const placed = await order(first, '+14065550001');
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(0));
    await first.stop();
    answers = [];
    received.length = 0;

    const second = await start({ stateFile, redelivery: { firstMs: 5 } });
    expect((await order(second, '+14065550001')).body['port_order_id']).toBe(placed.body['port_order_id']);
    await vi.waitFor(() => expect(sorted(statuses())).toEqual(['complete', 'foc']));
    await vi.waitFor(() => expect(second.callbacks.accepted).toBe(2));
    await second.stop();
    received.length = 0;

    const third = await start({ stateFile });
    expect(await statusOf(third, placed.body['port_order_id'])).toBe('complete');
    expect((await order(third, '+14065550001', 'another key')).status).toBe(409);
    expect(received).toHaveLength(0);
  });

  it('loses the answer but not the order, and is busy or failing on request', async () => {
    const carrier = await start({ schedule: 'manual' });
    carrier.setFault('order', { kind: 'cut-answer', times: 1 });
    await expect(order(carrier, '+14065550001')).rejects.toThrow('fetch failed');
    expect(carrier.orders.size).toBe(1);
    expect((await order(carrier, '+14065550001')).status).toBe(200);
    carrier.setFault('order', { kind: 'busy', times: 1 });
    expect((await order(carrier, '+14065550002')).status).toBe(429);
    carrier.setFault('order', { kind: 'ill', status: 502, times: 1 });
    expect((await order(carrier, '+14065550002')).status).toBe(502);
    expect((await order(carrier, '+14065550002')).status).toBe(201);
    expect(carrier.requests.order).toBe(5);
  });

  it('sends forged, old and unknown callbacks on demand', async () => {
    const carrier = await start();
    const body = JSON.stringify({
      type: 'port_order.updated',
      timestamp: new Date().toISOString(),
      data: {},
    });
    const timestamp = new Date(systemClock.now() - 3_600_000);
    await carrier.sendCallback({ url: callbackUrl, body, secrets: [NEXT_SECRET] });
    await carrier.sendCallback({ url: callbackUrl, body, timestamp, webhookId: 'msg_old' });
    const [forged, old] = received;
    expect(() => new Webhook(SECRET).verify(forged?.text ?? '', forged?.headers ?? {})).toThrow(/signature/);
    expect(() => new Webhook(SECRET).verify(old?.text ?? '', old?.headers ?? {})).toThrow(/old/);
    expect(old?.id).toBe('msg_old');
  });
});
