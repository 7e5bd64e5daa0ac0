import { Client, Connection } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { stackEnv } from '../../support/servers.js';
import { WEBHOOK_SECRET, type World, apiWorld, meet } from '../world.js';
import { systemClock } from '../../../gateways/clock.js';

let world: World;
let port: bigint;
const NUMBER = '+15550001111';
/** Every test's callbacks have ids of their own. */
let serial = 0;
const data = (more = {}) => ({
  port_order_id: 'po_1',
  channel_id: 'ch_1',
  phone_number: NUMBER,
  status: 'foc',
  reason: null,
  ...more,
});
const messages = () => world.store.prisma.workflowMessage.findMany({ orderBy: { id: 'asc' } });

beforeAll(async () => {
  world = await apiWorld();
  await meet(world, 'acc_1');
  const { prisma } = world.store;
  const account = await prisma.account.findUniqueOrThrow({ where: { sourceId: 'acc_1' } });
  const channel = await prisma.channel.findUniqueOrThrow({ where: { sourceId: 'ch_1' } });
  const row = {
    accountId: account.id,
    channelId: channel.id,
    phoneNumber: NUMBER,
    portOrderId: 'po_1',
    status: 'submitted',
  };
  port = (await prisma.phonePorting.create({ data: row })).id;
});
beforeEach(async () => {
  serial += 1;
  await world.store.pool.query('TRUNCATE carryover.workflow_messages, carryover.porting_callbacks');
  await world.store.pool.query(
    `UPDATE phone_portings SET status = 'submitted', status_at = 'epoch', reason = NULL`,
  );
});
const portNow = () => world.store.prisma.phonePorting.findUniqueOrThrow({ where: { id: port } });
afterAll(() => world.close());

test('a callback is recorded and settled in one transaction; the port workflow is signalled at the end of the port', async () => {
  const answer = await world.callback(data(), { id: `msg_${serial}` });
  expect([answer.statusCode, answer.body]).toEqual([204, '']);
  expect(await portNow()).toMatchObject({ status: 'foc', statusAt: new Date('2026-03-01T10:00:00.000Z') });
  expect(await messages()).toEqual([]);
  await world.callback(data({ status: 'complete' }), { id: `end_${serial}` });
  expect(await portNow()).toMatchObject({ status: 'complete' });
  expect(await messages()).toMatchObject([
    {
      subject: 'acc_1',
      workflowId: 'migration:acc_1/porting:ch_1',
      signal: 'porting-news',
      payload: { status: 'complete', at: '2026-03-01T10:00:00.000Z' },
    },
  ]);
  // Out of order, and repeated with another body: no news.
  await world.callback(data({ status: 'exception' }), { id: `late_${serial}` });
  await world.callback(data({ status: 'complete' }), { id: `more_${serial}` });
  expect(await messages()).toHaveLength(1);
  expect(await portNow()).toMatchObject({ status: 'complete' });
});

test('a callback dated in the future counts as sent, so that it does not hide later ones', async () => {
  const at = '2999-01-01T00:00:00.000Z';
  const sentAt = new Date(Math.floor(systemClock.now() / 1_000) * 1_000 - 60_000);
  const later = { at: new Date(sentAt.getTime() + 1_000).toISOString() };
  await world.callback(data({ status: 'exception' }), { id: `future_${serial}`, at, sentAt });
  expect(await portNow()).toMatchObject({
    status: 'exception',
    statusAt: new Date(sentAt.getTime() + 999),
  });
  await world.callback(data({ status: 'foc' }), { id: `later_${serial}`, ...later });
  expect(await portNow()).toMatchObject({ status: 'foc', statusAt: new Date(later.at) });
});

test('callbacks of the same second keep their order', async () => {
  const second = Math.floor(systemClock.now() / 1_000) * 1_000;
  const told = (status: string, ms: number) =>
    world.callback(data({ status }), {
      id: `${status}_${serial}`,
      at: new Date(second + ms).toISOString(),
      sentAt: new Date(second + 950),
    });
  await told('exception', 300);
  await told('foc', 900);
  expect((await portNow()).status).toBe('foc');
});

test('a workflow that has ended or never existed holds up no delivery', async () => {
  await world.callback(data({ status: 'complete' }), { id: `msg_${serial}` });
  await expect.poll(async () => (await messages())[0]?.outcome).toBe('not-running');
});

test('the carrier’s reason stays in the store', async () => {
  const reason = 'Name on the account does not agree \u0000 with ours';
  await world.callback(data({ status: 'cancelled', reason }), { id: `msg_${serial}` });
  expect((await messages())[0]?.payload).toEqual({ status: 'cancelled', at: '2026-03-01T10:00:00.000Z' });
  expect((await portNow()).reason).toBe('Name on the account does not agree \ufffd with ours');
});

test('a repeated callback is accepted and changes nothing, even concurrently', async () => {
  const send = () => world.callback(data({ status: 'complete' }), { id: `msg_${serial}` });
  const answers = await Promise.all([send(), send(), send()]);
  answers.push(await send());
  expect(answers.map((answer) => answer.statusCode)).toEqual([204, 204, 204, 204]);
  expect(await messages()).toHaveLength(1);
});

test('a callback for an unknown order is 404, and is accepted once the order is known', async () => {
  const unknown = data({ port_order_id: 'po_9', phone_number: '+15550009999' });
  expect((await world.callback(unknown, { id: `msg_${serial}` })).statusCode).toBe(404);
  expect(await messages()).toEqual([]);
  await world.store.prisma.phonePorting.update({ where: { id: port }, data: { portOrderId: 'po_9' } });
  const again = await world.callback(unknown, { id: `msg_${serial}` });
  await world.store.prisma.phonePorting.update({ where: { id: port }, data: { portOrderId: 'po_1' } });
  expect(again.statusCode).toBe(204);
});

test('a callback that overtakes the answer to its order is kept, and is found by the number and any channel with it', async () => {
  await world.store.prisma.phonePorting.update({ where: { id: port }, data: { portOrderId: null } });
  await world.store.prisma.channel.update({ where: { sourceId: 'ch_2' }, data: { phoneNumber: NUMBER } });
  const early = (more: object, id: string) =>
    world.callback(data({ port_order_id: 'po_new', ...more }), { id });
  expect((await early({ channel_id: 'ch_1' }, `a${serial}`)).statusCode).toBe(204);
  expect((await early({ channel_id: 'ch_2' }, `b${serial}`)).statusCode).toBe(204);
  expect((await early({ channel_id: 'ch_9' }, `c${serial}`)).statusCode).toBe(404);
  expect((await early({ phone_number: '+15550002222' }, `d${serial}`)).statusCode).toBe(404);
  await world.store.prisma.phonePorting.update({ where: { id: port }, data: { portOrderId: 'po_1' } });
  expect((await early({}, `e${serial}`)).statusCode).toBe(404);
  expect(await world.store.prisma.portingCallback.count({ where: { portOrderId: 'po_new' } })).toBe(2);
  expect([await messages(), (await portNow()).status]).toEqual([[], 'submitted']);
});

const minutes = (count: number) => new Date(systemClock.now() + count * 60_000);

test.each([-6, 6])('a callback signed %s minutes from now is refused', async (off) => {
  const answer = await world.callback(data(), { id: `msg_${serial}`, sentAt: minutes(off) });
  expect(answer.statusCode).toBe(401);
  expect(await messages()).toEqual([]);
});

test.each([-4, 4])('a callback signed %s minutes from now is accepted', async (off) => {
  expect((await world.callback(data(), { id: `msg_${serial}`, sentAt: minutes(off) })).statusCode).toBe(204);
});

const body = () =>
  JSON.stringify({ type: 'port_order.updated', timestamp: '2026-03-01T10:00:00.000Z', data: data() });
const headersFor = (text: string, secret = WEBHOOK_SECRET) => ({
  'content-type': 'application/json',
  'webhook-id': `msg_${serial}`,
  'webhook-timestamp': String(Math.floor(systemClock.now() / 1_000)),
  'webhook-signature': new Webhook(secret).sign(`msg_${serial}`, new Date(), text),
});
const send = (text: string, headers: Record<string, string>) =>
  world.call('POST', '/v2/porting-callbacks', { body: text, headers });

test('forged, changed and unsigned callbacks are refused, whatever they contain', async () => {
  const { 'webhook-signature': signature, ...unsigned } = headersFor(body());
  const forged = headersFor(body(), `whsec_${Buffer.from('somebody else').toString('base64')}`);
  const refused = [
    await send(body(), unsigned),
    await send(body(), forged),
    await send(`${body()} `, headersFor(body())),
    await send(body(), { ...unsigned, 'webhook-signature': signature.replace('v1,', 'v2,') }),
    await send('no json', unsigned),
    await send('', { 'content-type': 'application/json' }),
    await send(body(), {}),
  ];
  expect(refused.map((answer) => answer.statusCode)).toEqual(refused.map(() => 401));
  expect(await messages()).toEqual([]);
});

test('one valid signature of several is enough while a secret is rotated', async () => {
  const headers = headersFor(body());
  const old = new Webhook(`whsec_${Buffer.from('the old one').toString('base64')}`).sign(
    'x',
    new Date(),
    'y',
  );
  const answer = await send(body(), {
    ...headers,
    'webhook-signature': `${old} ${headers['webhook-signature']}`,
  });
  expect(answer.statusCode).toBe(204);
});

test.each([
  'no json',
  '[]',
  '{}',
  JSON.stringify({ type: 'other', timestamp: '2026-03-01T10:00:00.000Z', data: data() }),
  JSON.stringify({ type: 'port_order.updated', timestamp: 'yesterday', data: data() }),
  JSON.stringify({ type: 'port_order.updated', timestamp: '2026-13-41T10:00:00Z', data: data() }),
  JSON.stringify({
    type: 'port_order.updated',
    timestamp: '2026-03-01T10:00:00Z',
    data: data({ status: 'lost' }),
  }),
  JSON.stringify({
    type: 'port_order.updated',
    timestamp: '2026-03-01T10:00:00Z',
    data: data({ port_order_id: 'a\u0000' }),
  }),
])('a signed body that is not a callback is 400: %s', async (text) => {
  const answer = await send(text, headersFor(text));
  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors.length).toBeGreaterThan(0);
});

test('a body over 64 KB is refused unread', async () => {
  const text = JSON.stringify({ type: 'x'.repeat(66_000) });
  expect((await send(text, headersFor(text))).statusCode).toBe(413);
});

test('a signed callback is accepted with any content type', async () => {
  const { 'content-type': _, ...headers } = headersFor(body());
  expect((await send(body(), { ...headers, 'content-type': 'text/plain;charset=UTF-8' })).statusCode).toBe(
    204,
  );
});

test('a callback reaches the running workflow', async () => {
  const connection = await Connection.connect({ address: stackEnv().TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: stackEnv().TEMPORAL_NAMESPACE });
  const { prisma } = world.store;
  const leader = `ch_${Math.random().toString(36).slice(2)}`;
  const { channelId } = await prisma.phonePorting.findUniqueOrThrow({ where: { id: port } });
  await prisma.channel.update({ where: { id: channelId }, data: { sourceId: leader } });
  const handle = await client.workflow.start('NumberPortingWorkflow', {
    workflowId: `migration:acc_1/porting:${leader}`,
    taskQueue: world.taskQueue,
  });
  await world.callback(data({ status: 'complete' }), { id: `msg_${serial}` });
  await vi.waitUntil(async () => (await messages())[0]?.outcome === 'delivered');
  const { events } = await handle.fetchHistory();
  const signal = events?.find(
    (event) => event.workflowExecutionSignaledEventAttributes,
  )?.workflowExecutionSignaledEventAttributes;
  expect(signal?.signalName).toBe('porting-news');
  expect(JSON.parse(Buffer.from(signal?.input?.payloads?.[0]?.data ?? []).toString())).toEqual({
    status: 'complete',
    at: '2026-03-01T10:00:00.000Z',
  });
  await handle.terminate('the test ends it');
  await prisma.channel.update({ where: { id: channelId }, data: { sourceId: 'ch_1' } });
  await connection.close();
});
