import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  sampleDocumentClient,
  seedDynamoDB,
  writeAll,
  type SeedProgress,
  type SeedTarget,
} from '../../dev/sample/dynamodb.js';
import { generateAccount, type SampleAccount } from '../../dev/sample/generator/account.js';
import { startSampleWorld } from '../../dev/sample/main.js';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;
const now = new Date('2026-11-20T16:30:00.000Z');

describe('the sample in DynamoDB', () => {
  const server = dynalite({ createTableMs: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'sample-world-'));
  let target: SeedTarget;
  let client: DynamoDBDocumentClient;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    target = {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'sample', secretAccessKey: 'sample' },
    };
    client = sampleDocumentClient(target);
  });
  afterAll(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const query = async (TableName: string, IndexName: string, brand: string) => {
    const items: Record<string, unknown>[] = [];
    const pages = paginateQuery({ client }, { TableName, IndexName, KeyConditionExpression: 'brand_id = :b', ExpressionAttributeValues: { ':b': brand }, ScanIndexForward: false }); // prettier-ignore
    for await (const page of pages) items.push(...(page.Items ?? []));
    return items;
  };
  const seeded = async (account: SampleAccount) => {
    const steps: SeedProgress[] = [];
    await seedDynamoDB(target, [account], (progress) => steps.push({ ...progress }));
    return steps;
  };

  it('creates the tables with the keys and indexes of the contract, and one that records what was seeded', async () => {
    await seedDynamoDB(target, []);
    const { TableNames } = await client.send(new ListTablesCommand({}));
    expect(TableNames).toEqual(['carryover_sample', 'messages', 'threads']);
    const keys = async (TableName: string) => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      const [index] = Table?.GlobalSecondaryIndexes ?? [];
      return [
        Table?.KeySchema?.map((key) => key.AttributeName),
        index?.IndexName,
        index?.KeySchema?.map((key) => key.AttributeName),
        index?.Projection?.ProjectionType,
      ];
    };
    expect(await keys('threads')).toEqual([['brand_id', 'thread_id'], 'by_last_message', ['brand_id', 'last_message_at'], 'ALL']); // prettier-ignore
    expect(await keys('messages')).toEqual([['thread_id', 'message_key'], 'by_brand', ['brand_id', 'message_key'], 'ALL']); // prettier-ignore
  });

  it('writes every record as it was made, found by both indexes in order of time', async () => {
    const account = generateAccount({ now, seed: 3, threads: 40, messages: 600 });
    const steps = await seeded(account);
    expect(steps.at(-1)).toEqual({ accountId: 'acc_3', written: 640, total: 640 });
    const order = (a: Record<string, unknown>, b: Record<string, unknown>) =>
      String(a['message_key'] ?? a['thread_id']) < String(b['message_key'] ?? b['thread_id']) ? -1 : 1;
    const threads: Record<string, unknown>[] = [];
    const messages: Record<string, unknown>[] = [];
    for (const { brand_id } of account.payload.brands) {
      threads.push(...(await query('threads', 'by_last_message', brand_id)));
      const own = await query('messages', 'by_brand', brand_id);
      const keys = own.map((message) => String(message['message_key']));
      for (const [place, key] of keys.entries()) expect(key > (keys[place + 1] ?? '')).toBe(true);
      messages.push(...own);
    }
    expect(threads.sort(order)).toEqual([...account.threads()].sort(order));
    expect(messages.sort(order)).toEqual([...account.messages()].sort(order));
  });

  it('skips a seeded account, and completes a partly seeded one', async () => {
    const account = generateAccount({ now, seed: 4, threads: 40, messages: 600 });
    const cutShort = { ...account, *messages() { yield* [...account.messages()].slice(0, 100); throw new Error('cut'); } }; // prettier-ignore
    await expect(seedDynamoDB(target, [cutShort])).rejects.toThrow('cut');
    expect((await seeded(account)).length).toBeGreaterThan(20);
    expect(await seeded(account)).toEqual([{ accountId: 'acc_4', written: 640, total: 640 }]);
    const perBrand = account.payload.brands.map(
      async (brand) => await query('messages', 'by_brand', brand.brand_id),
    );
    expect((await Promise.all(perBrand)).flat()).toHaveLength(600);
  });

  it('keeps odd values: NUL, lone surrogates, empty texts, null, nested lists', async () => {
    const odd = {
      thread_id: 'odd',
      message_key: '2026-01-01T00:00:00.000Z#odd',
      brand_id: 'br_odd',
      body: 'a\u0000b \ud83d c \udc00',
      author: '',
      metadata: { empty: '', none: null, list: [1, [2.5, 'x']], flag: false },
      attachments: [],
    };
    await writeAll(client, 'messages', [odd]);
    expect(await query('messages', 'by_brand', 'br_odd')).toEqual([odd]);
  });

  it('is the same world after a restart: account, tokens, ports, orders', async () => {
    const options = { dataDir: join(folder, 'world'), dynamodb: target, seed: 5, account: { threads: 30, messages: 300 } }; // prettier-ignore
    const first = await startSampleWorld({ ...options, now });
    const headers = { authorization: `Bearer ${first.env.CONVERSATIONS_API_TOKEN}` };
    const path = '/accounts/acc_5/migration-payload';
    expect(await (await fetch(first.env.CONVERSATIONS_API_URL + path, { headers })).json()).toEqual(first.account.payload); // prettier-ignore
    const [file] = [...first.account.messages()].flatMap((message) => (message['attachments'] as { url: string }[] | undefined) ?? []); // prettier-ignore
    expect(new URL(file?.url ?? '').host).toBe(first.env.ATTACHMENT_HOSTS);
    expect((await fetch(file?.url ?? '')).status).toBe(200);
    const placed = await fetch(`${first.env.CARRIER_API_URL}/port-orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${first.env.CARRIER_API_TOKEN}`,
        'content-type': 'application/json',
        'idempotency-key': 'k',
      },
      body: JSON.stringify({ phone_number: '+14065550001', account_id: 'a', channel_id: 'c', callback_url: 'http://127.0.0.1:9/' }), // prettier-ignore
    });
    expect(placed.status).toBe(201);
    await first.stop();

    const progress: SeedProgress[] = [];
    const second = await startSampleWorld({
      ...options,
      seed: 99,
      onProgress: (step) => progress.push(step),
    });
    expect(second.env).toEqual(first.env);
    expect([...second.account.messages()]).toEqual([...first.account.messages()]);
    expect(progress).toHaveLength(1);
    expect(second.carrier.orders.size).toBe(1);
    await second.stop();
  });

  it('takes another port when somebody else has taken its own', async () => {
    const options = { dataDir: join(folder, 'moved'), dynamodb: target, now, seed: 7, account: { threads: 10, messages: 20 } }; // prettier-ignore
    const first = await startSampleWorld(options);
    await first.stop();
    const { port } = new URL(first.env.CARRIER_API_URL);
    const intruder = createServer().listen(Number(port), '127.0.0.1');
    await once(intruder, 'listening');
    const second = await startSampleWorld(options);
    expect(second.env.CARRIER_API_URL).not.toBe(first.env.CARRIER_API_URL);
    expect(second.env.CONVERSATIONS_API_URL).toBe(first.env.CONVERSATIONS_API_URL);
    await second.stop();
    intruder.close();
  });

  it('has more accounts and faults on request, keeps them, and fixes the faults on request', async () => {
    const options = { dataDir: join(folder, 'trouble'), dynamodb: target, now, seed: 1, account: { threads: 10, messages: 20 }, othersSize: { threads: 50, messages: 600 } }; // prettier-ignore
    const first = await startSampleWorld({ ...options, accounts: 2, trouble: true });
    await first.stop();
    const world = await startSampleWorld(options);
    expect(world.others.map(({ accountId }) => accountId)).toEqual(['acc_2']);
    expect(world.troubled?.accountId).toBe('acc_7');

    const headers = { authorization: `Bearer ${world.env.CONVERSATIONS_API_TOKEN}` };
    const closed = async () =>
      await (await fetch(`${world.env.CONVERSATIONS_API_URL}/accounts/acc_8`, { headers })).json();
    expect(await closed()).toMatchObject({ status: 'closed' });
    const files = [...world.troubled!.messages()].flatMap(
      (message) => (message['attachments'] as { attachment_id: string; url: string }[] | undefined) ?? [],
    );
    const gone = files.find(({ attachment_id: id }) => world.conversations.gone.has(id));
    expect(world.conversations.gone.size).toBe(3);
    expect((await fetch(gone!.url)).status).toBe(410);
    const quarantined = (await query('threads', 'by_last_message', world.troubled!.payload.brands[0]!.brand_id)).filter(({ kind }) => typeof kind !== 'string'); // prettier-ignore
    expect(quarantined).toHaveLength(1);

    expect((await fetch(`${world.env.CONVERSATIONS_API_URL}/fix`, { method: 'POST' })).status).toBe(204);
    expect(await closed()).toMatchObject({ status: 'active' });
    expect((await fetch(gone!.url)).status).toBe(200);
    const fixed = (await query('threads', 'by_last_message', quarantined[0]!['brand_id'] as string)).filter(({ kind }) => typeof kind !== 'string'); // prettier-ignore
    expect(fixed).toEqual([]);
    await world.stop();
  });

  it('gives two worlds separate ports and secrets', async () => {
    const account = { threads: 10, messages: 20 };
    const one = await startSampleWorld({
      dataDir: join(folder, 'one'),
      dynamodb: target,
      now,
      seed: 6,
      account,
    });
    const two = await startSampleWorld({
      dataDir: join(folder, 'two'),
      dynamodb: target,
      now,
      seed: 6,
      account,
    });
    for (const name of Object.keys(one.env)) expect(one.env[name]).not.toBe(two.env[name]);
    await Promise.all([one.stop(), two.stop()]);
  });
});
