import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from './carryover.js';
import { expectStoreToHold } from './plain-reading.js';

interface Status {
  status: string;
  channels: Record<string, string>;
}

describe('an account is reset over HTTP, on real servers and processes', () => {
  let carryover: Carryover;
  let accountId: string;

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 11, accountId: 'acc_11', threads: 200, messages: 4_000, dirt: 'all' },
      schedule: { firstStepMs: 60_000, nextStepMs: 300 },
      environment: { MIGRATION_RESET_ALLOWED: 'true' },
    });
    accountId = carryover.world.account.accountId;
  });
  afterAll(async () => {
    await carryover?.stop();
  });

  const check = async () =>
    (await carryover.call('GET', `/v2/check-migration-status?account_id=${accountId}`)).body as Status;
  const count = async (table: string) =>
    Number((await carryover.store.query(`SELECT count(*) FROM ${table}`)).rows[0]?.count);
  const orders = () => [...carryover.world.carrier.orders.values()];
  const reset = () => carryover.call('POST', '/v2/reset-migration', { account_id: accountId });
  const boundary = async () =>
    (await carryover.store.query("SELECT migration ->> 'recentSince' AS at FROM accounts")).rows[0]
      ?.at as string;
  const done = () => until(async () => (await check()).status === 'all-messages-migrated');

  it('in the middle of its import, by two concurrent calls, and starts again from the beginning', async () => {
    await carryover.call('POST', '/v2/start-migration', { account_id: accountId });
    carryover.startWorker();
    await until(async () => (await count('messages')) > 0 && orders().length > 0);
    const before = await boundary();
    const answers = await Promise.all([reset(), reset()]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect((await check()).status).toMatch(/^(pending|migrating)$/);
    const start = await carryover.call('POST', '/v2/start-migration', { account_id: accountId });
    expect(start.status).toBe(202);

    await done();
    expect((await boundary()) > before).toBe(true);
    await expectStoreToHold(carryover.store, carryover.world.account);
  });

  it('cancels open orders, and orders each number once more under another key', async () => {
    const { ports } = carryover.world.account.counts;
    await until(() => orders().filter(({ status }) => status !== 'cancelled').length === ports);
    const open = orders().filter(({ status }) => status !== 'cancelled');
    expect(new Set(open.map((order) => order.phone_number)).size).toBe(ports);
    expect(orders().some(({ status }) => status === 'cancelled')).toBe(true);
    const { rows } = await carryover.store.query('SELECT port_order_id, attempt FROM phone_portings');
    const ids = rows.map((row: { port_order_id: string }) => row.port_order_id);
    expect(ids.toSorted()).toEqual(open.map((order) => order.port_order_id).toSorted());
  });

  it('that is done is migrated again, but a ported number is not ordered again', async () => {
    for (const order of orders()) {
      if (order.status !== 'cancelled') carryover.world.carrier.move(order.port_order_id, 'complete');
    }
    await until(async () => Object.values((await check()).channels).every((channel) => channel === 'ready'));
    const files = new URL(carryover.env['ATTACHMENTS_URL']!).pathname;
    await until(() => existsSync(files) && filesBelow(files).length > 0);
    const [ordered, before] = [orders().length, await boundary()];

    expect((await reset()).status).toBe(202);
    await until(async () => {
      const now = await boundary();
      return typeof now === 'string' && now > before;
    });
    await done();
    await until(async () => Object.values((await check()).channels).every((channel) => channel === 'ready'));
    await expectStoreToHold(carryover.store, carryover.world.account);
    expect(orders()).toHaveLength(ordered);

    const { rows } = await carryover.store.query('SELECT id FROM attachments');
    const held = new Set(rows.map(({ id }: { id: string }) => id));
    const stored = filesBelow(files).map((path) => path.split('/').at(-2));
    expect(stored.filter((id) => !held.has(id ?? ''))).toEqual([]);
  });

  it('and a record that was corrected at the source leaves the quarantine, with its thread', async () => {
    const found = await carryover.store.query<{
      id: string;
      source_id: string;
      brand: string;
      thread: string;
    }>(
      `SELECT q.id, q.source_id, b.source_id AS brand, q.raw -> 'thread_id' ->> 'S' AS thread
       FROM quarantined_records q JOIN brands b ON b.id = q.brand_id WHERE q.reason = 'no thread record' LIMIT 1`,
    );
    const record = found.rows[0]!;
    const { endpoint, region, credentials, threadsTable } = carryover.source;
    const client = new DynamoDBClient({ endpoint, region, credentials });
    const thread = {
      brand_id: record.brand,
      thread_id: record.thread,
      account_id: accountId,
      kind: 'chat',
      c1: 'Lakeside',
      c2: 'somebody',
      status: 'open',
      last_message_at: '2026-01-01T00:00:00.000Z',
    };
    const Item = Object.fromEntries(Object.entries(thread).map(([name, text]) => [name, { S: text }]));
    await client.send(new PutItemCommand({ TableName: threadsTable, Item }));
    client.destroy();
    const path = `/v2/migrations/${accountId}/quarantine/retry`;
    expect(await carryover.call('POST', path, { records: [record.id] })).toMatchObject({ status: 202 });
    await until(async () => {
      const { rows } = await carryover.store.query('SELECT 1 FROM messages WHERE source_id = $1', [
        record.source_id,
      ]);
      return rows.length === 1;
    });
    const gone = await carryover.call('GET', `/v2/migrations/${accountId}/quarantine/${record.id}`);
    expect(gone.status).toBe(404);
  });

  it('is in the audit with who requested it', async () => {
    const { body } = await carryover.call('GET', `/v2/audit?account_id=${accountId}`);
    const { entries } = body as { entries: { action: string; actor: string }[] };
    expect(entries.filter(({ action }) => action === 'reset').map(({ actor }) => actor)).toEqual(
      Array.from({ length: 3 }, () => 'end-to-end'),
    );
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.unfinished'))
    .map((entry) => join(entry.parentPath, entry.name));
}
