import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Carrier, startCarrier } from '../../dev/sample/carrier.js';
import type { PortOrder } from '../../dev/sample/carrier/orders.js';
import { untilHolds } from '../support/until.js';

const NUMBER = '+14065550001';

let folder: string;
let carrier: Carrier;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'held-ports-'));
  carrier = await start();
});
afterEach(async () => {
  await carrier.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<Carrier> {
  const started = await startCarrier({
    token: 'sample',
    webhookSecrets: [],
    stateFile: join(folder, 'orders.json'),
    schedule: { firstStepMs: 1, nextStepMs: 1 },
  });
  started.setBehaviour(NUMBER, { held: true, callbacks: 'none' });
  return started;
}

async function order(phone_number: string, account_id: string): Promise<PortOrder> {
  const answer = await fetch(`${carrier.url}/port-orders`, {
    method: 'POST',
    headers: { authorization: 'Bearer sample', 'content-type': 'application/json', 'idempotency-key': phone_number }, // prettier-ignore
    body: JSON.stringify({ phone_number, account_id, channel_id: 'ch', callback_url: 'http://127.0.0.1:9/' }),
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as PortOrder;
}

const statusOf = (phoneNumber: string) =>
  [...carrier.orders.values()].find((each) => each.phone_number === phoneNumber)?.status;
const untilComplete = (phoneNumber: string) =>
  untilHolds(() => statusOf(phoneNumber) === 'complete', {
    what: 'the port is complete',
    everyMs: 5,
  });

it('a held port waits, while others go on, until its account is released', async () => {
  await order(NUMBER, 'acc_1');
  await order('+14065550002', 'acc_2');
  await untilComplete('+14065550002');
  carrier.release('acc_2');
  expect(statusOf(NUMBER)).toBe('submitted');
  carrier.release('acc_1');
  carrier.release('acc_1');
  await untilComplete(NUMBER);
});

it('a port stays held over a restart, and a released one goes on', async () => {
  await order(NUMBER, 'acc_1');
  await carrier.stop();
  carrier = await start();
  expect(statusOf(NUMBER)).toBe('submitted');
  carrier.release('acc_1');
  await carrier.stop();
  carrier = await start();
  await untilComplete(NUMBER);
});
