import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { type Carryover, startCarryover, until } from './carryover.js';
import { expectExplained } from './explained.js';
import { type FaultProxy, startFaultProxy } from '../../dev/faults/fault-proxy.js';
import { addAccount } from '../../dev/sample/add-account.js';
import { startMigration, statusOf, untilDone, untilStatus, viewOf } from './more-accounts.js';
import { expectStoreToHold } from './plain-reading.js';
import { forBrand, importQueries, spoilChannels } from './source-faults.js';

describe('every failure is shown, and a start continues from there', () => {
  let proxy: FaultProxy;
  let carryover: Carryover;

  beforeAll(async () => {
    proxy = await startFaultProxy();
    carryover = await startCarryover({
      account: { seed: 40, accountId: 'acc_first', brands: 1, threads: 20, messages: 200 },
      environment: { DYNAMODB_ENDPOINT: proxy.url },
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    carryover.startWorker();
  });
  afterAll(async () => {
    await carryover?.stop();
    await proxy?.stop();
  });

  const account = (accountId: string, seed: number, brands: number, more = {}) =>
    addAccount(carryover, { accountId, seed, brands, threads: 30, messages: 450, portedNumbers: 0, ...more });
  const start = (of: SampleAccount) => startMigration(carryover, of.accountId);
  const view = (of: SampleAccount) => viewOf(carryover, of.accountId);
  const readsOf = (text: string) => importQueries(proxy).filter((body) => body.includes(text)).length;
  const brandIdsOf = (of: SampleAccount) => of.payload.brands.map((brand) => brand.brand_id);

  it('a channel that cannot be created fails with its brand and account; other brands continue, and a correction retries only that brand', async () => {
    const other = carryover.world.account;
    await start(other);
    const { channels } = await untilDone(carryover, other.accountId);
    const held = other.payload.brands[0]?.channels.find((channel) => channel.phone_number !== null);
    expect(channels[held?.channel_id ?? '']).toBe('ready');

    const spoilt = await account('acc_channels', 41, 4);
    const [unknownType, noNumber, heldNumber, good] = brandIdsOf(spoilt) as [string, string, string, string];
    spoilChannels(carryover.world.conversations, spoilt, [
      { type: 'fax' },
      { phone_number: '12' },
      { phone_number: held?.phone_number },
    ]);
    expect((await start(spoilt)).status).toBe(202);
    await until(
      async () => (await statusOf(carryover, spoilt.accountId)).brands[good] === 'all-messages-migrated',
    );
    const status = await untilStatus(carryover, spoilt.accountId, 'brand-failure');
    expect(status.brands).toEqual({
      [unknownType]: 'channel-failure',
      [noNumber]: 'channel-failure',
      [heldNumber]: 'channel-failure',
      [good]: 'all-messages-migrated',
    });
    for (const [index, brand] of spoilt.payload.brands.entries()) {
      const words = brand.channels.map((channel) => status.channels[channel.channel_id]);
      expect(words).toEqual(words.map((_, place) => (index < 3 && place === 0 ? 'failure' : 'ready')));
    }
    const failures = (await view(spoilt)).brands.map((brand) => brand.failure);
    for (const [index, words] of ['"fax"', 'not a possible number', 'another account holds'].entries()) {
      expect(failures[index]).toMatchObject({
        type: 'ChannelImpossible',
        message: expect.stringContaining(words),
        times: 1,
        next_step: expect.stringContaining('start the migration again'),
      });
    }
    expect(failures[3]).toBeNull();
    await expectExplained(
      carryover,
      spoilt.accountId,
      /^Brand .* failed at .* with ChannelImpossible: .*; 2 more brands likewise\.$/,
    );

    await start(spoilt);
    await until(async () => (await view(spoilt)).brands[0]?.failure?.times === 2);
    expect((await view(spoilt)).brands[0]?.failure?.since).toBe(failures[0]?.since);

    await untilStatus(carryover, spoilt.accountId, 'brand-failure');
    const readsOfGood = readsOf(good);
    expect(readsOfGood).toBeGreaterThan(0);
    carryover.world.conversations.put(spoilt);
    await start(spoilt);
    await untilDone(carryover, spoilt.accountId);
    expect(readsOf(good)).toBe(readsOfGood);
    expect((await view(spoilt)).brands.map((brand) => brand.failure)).toEqual([null, null, null, null]);
    await expectStoreToHold(carryover.store, spoilt);
  });

  it('recent messages that cannot be loaded are a recent-messages-failure, and a start continues at the cursor', async () => {
    const failing = await account('acc_recent', 42, 2);
    const [first, second] = brandIdsOf(failing) as [string, string];
    const isMessages = (body: string) => body.includes('"by_brand"');
    const isThreads = (body: string) => body.includes('"by_last_message"');
    proxy.fault = (body) =>
      isMessages(body) && forBrand(body, first) ? { status: 400, type: 'AccessDeniedException' } : undefined;
    await start(failing);
    await until(
      async () => (await statusOf(carryover, failing.accountId)).brands[second] === 'all-messages-migrated',
    );
    const status = await untilStatus(carryover, failing.accountId, 'recent-messages-failure');
    expect(status.brands).toEqual({ [first]: 'recent-messages-failure', [second]: 'all-messages-migrated' });
    expect((await view(failing)).brands[0]?.failure).toMatchObject({
      type: 'SourceRefused',
      message: expect.stringContaining('AccessDeniedException'),
      since: expect.stringMatching(/^20\d\d-.*Z$/),
      times: 1,
      next_step: expect.stringContaining('CONVERSATIONS_ROLE_ARN'),
    });
    await expectExplained(
      carryover,
      failing.accountId,
      new RegExp(`^Brand ${first} failed at .* with SourceRefused: .*AccessDeniedException`),
    );

    proxy.fault = () => undefined;
    const threadReads = () =>
      importQueries(proxy).filter((body) => isThreads(body) && forBrand(body, first)).length;
    const before = [threadReads(), readsOf(second)];
    expect(before[0]).toBeGreaterThan(0);
    await start(failing);
    await untilDone(carryover, failing.accountId);
    expect([threadReads(), readsOf(second)]).toEqual(before);
    await expectStoreToHold(carryover.store, failing);
  });

  it('remaining messages that cannot be loaded are a remaining-messages-failure, which does not affect the app', async () => {
    const failing = await account('acc_remaining', 43, 2);
    const [first, second] = brandIdsOf(failing) as [string, string];
    // All threads are read from their table, without an index, by the remaining part alone.
    proxy.fault = (body) =>
      body.includes(`"TableName":"${carryover.source.threadsTable}"`) &&
      !body.includes('IndexName') &&
      forBrand(body, first)
        ? { status: 400, type: 'ResourceNotFoundException' }
        : undefined;
    await start(failing);
    await until(
      async () => (await statusOf(carryover, failing.accountId)).brands[second] === 'all-messages-migrated',
    );
    const status = await untilStatus(carryover, failing.accountId, 'remaining-messages-failure');
    expect(status.brands).toEqual({
      [first]: 'remaining-messages-failure',
      [second]: 'all-messages-migrated',
    });
    expect(Object.values(status.channels).every((channel) => channel === 'ready')).toBe(true);
    const shown = await carryover.call('GET', `/v2/accounts/${failing.accountId}`);
    expect(shown.body).toMatchObject({ status: 'active-recent-only' });
    const report = await carryover.call('GET', '/v2/report');
    expect(JSON.stringify(report.body)).toContain(failing.accountId);
    expect((await view(failing)).brands[0]?.failure).toMatchObject({ type: 'SourceRefused', times: 1 });
    await expectExplained(
      carryover,
      failing.accountId,
      new RegExp(`^Brand ${first} failed at .* with SourceRefused: .*ResourceNotFoundException`),
    );

    proxy.fault = () => undefined;
    const retried = await carryover.call('POST', `/v2/migrations/${failing.accountId}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { migration_status: 'recent-messages-migrated' } });
    await untilDone(carryover, failing.accountId);
    await expectStoreToHold(carryover.store, failing);
  });

  it('a port that fails changes neither brand nor account; an exception may still be completed, and a retry orders the others again', async () => {
    const porting = await account('acc_ports', 44, 4, { portedNumbers: 4 });
    const { carrier } = carryover.world;
    const numbers = [
      ...new Set(
        porting.payload.brands.flatMap(({ channels }) =>
          channels.flatMap((channel) => (channel.port_phone_number ? [channel.phone_number ?? ''] : [])),
        ),
      ),
    ];
    expect(numbers).toHaveLength(4);
    const [refused, taken, exception, cancelled] = numbers as [string, string, string, string];
    carrier.setBehaviour(refused, { refuse: 'not portable' });
    carrier.setBehaviour(taken, { alreadyPorting: 'being ported elsewhere' });
    carrier.setBehaviour(exception, { path: ['foc', 'exception'], reason: 'wrong PIN' });
    carrier.setBehaviour(cancelled, { path: ['cancelled'], reason: 'by the owner' });
    const channelsOf = (number: string) =>
      porting.payload.brands.flatMap(({ channels }) =>
        channels.filter((channel) => channel.port_phone_number && channel.phone_number === number),
      );
    const words = async (number: string) => {
      const { channels } = await statusOf(carryover, porting.accountId);
      return [...new Set(channelsOf(number).map((channel) => channels[channel.channel_id]))];
    };
    await start(porting);
    await untilStatus(carryover, porting.accountId, 'all-messages-migrated');
    await until(async () =>
      (await Promise.all(numbers.map(words))).every((found) => found.join() === 'failure'),
    );
    const status = await statusOf(carryover, porting.accountId);
    expect([status.status, ...Object.values(status.brands)]).toEqual(Array(5).fill('all-messages-migrated'));
    const shown = await view(porting);
    const port = (number: string) => shown.ports.find((found) => found.phone_number === number);
    expect(port(refused)).toMatchObject({ status: 'refused', reason: 'not portable' });
    expect(port(taken)).toMatchObject({ status: 'refused', reason: 'being ported elsewhere' });
    expect(port(exception)).toMatchObject({ status: 'exception', reason: 'wrong PIN' });
    expect(port(cancelled)).toMatchObject({ status: 'cancelled', reason: 'by the owner' });
    const noted = shown.brands.flatMap(({ channels }) => channels).filter(({ failure }) => failure !== null);
    expect(noted.map(({ channel_id: id }) => id).toSorted()).toEqual(
      numbers.flatMap((number) => channelsOf(number).map((channel) => channel.channel_id)).toSorted(),
    );

    await expectExplained(
      carryover,
      porting.accountId,
      /^All messages of account acc_ports are migrated, and 4 numbers could not be ported since/,
    );

    carrier.move(port(exception)?.port_order_id ?? '', 'complete');
    await until(async () => (await words(exception)).join() === 'ready');

    for (const number of [refused, taken, cancelled]) carrier.setBehaviour(number, {});
    const ordersBefore = carrier.orders.size;
    const answers = await Promise.all(
      [1, 2].map(() => carryover.call('POST', `/v2/migrations/${porting.accountId}/retry`)),
    );
    expect(answers.map((answer) => answer.status)).toEqual([202, 202]);
    const audited = await carryover.call('GET', `/v2/audit?account_id=${porting.accountId}`);
    const { entries } = audited.body as { entries: { action: string }[] };
    expect(entries.map(({ action }) => action)).toEqual(['retry', 'retry', 'start']);
    await untilDone(carryover, porting.accountId);
    expect(carrier.orders.size).toBe(ordersBefore + 3);
    expect((await view(porting)).ports.map((found) => found.status)).toEqual(Array(4).fill('complete'));
  });

  it('a failed attachment changes no status; its error and attempts are shown, and a retry fetches it', async () => {
    const filed = await account('acc_files', 45, 1, { attachmentRate: 0.1 });
    carryover.world.conversations.setFault('files', { kind: 'ill', status: 410 });
    await start(filed);
    await untilDone(carryover, filed.accountId);
    await until(async () => {
      const { attachments } = await view(filed);
      return attachments.failed > 0 && attachments.waiting === 0;
    });
    const { attachments, migration_status: word } = await view(filed);
    expect([word, attachments.stored]).toEqual(['all-messages-migrated', 0]);
    expect(attachments.failures[0]).toMatchObject({ error: expect.stringContaining('410'), tries: 1 });
    const row = await carryover.store.query(
      'SELECT tries, error FROM attachments WHERE error IS NOT NULL LIMIT 1',
    );
    expect(row.rows[0]).toMatchObject({ tries: 1, error: { final: true } });

    carryover.world.conversations.setFault('files', null);
    const retried = await carryover.call('POST', `/v2/migrations/${filed.accountId}/attachments/retry`);
    expect(retried).toMatchObject({ status: 202, body: { attachments: attachments.failed } });
    await until(async () => (await view(filed)).attachments.stored === attachments.failed);
    expect((await view(filed)).attachments).toMatchObject({ waiting: 0, failed: 0 });
  });

  it('an unknown account is not started; a closed one, or one with an invalid payload, says so until that is fixed', async () => {
    const nobody = await startMigration(carryover, 'acc_nobody');
    expect(nobody).toMatchObject({ status: 404, body: { status: 404, detail: expect.any(String) } });

    const odd = await account('acc_odd', 46, 1);
    const { conversations } = carryover.world;
    const failsWith = async (type: string) => {
      const answer = await start(odd);
      expect(answer).toMatchObject({
        status: 202,
        body: { migration_status: 'brand-failure', failure: { type } },
      });
      const { failure } = await view(odd);
      expect(failure).toMatchObject({ type, times: 1 });
      await expectExplained(
        carryover,
        odd.accountId,
        new RegExp(`^Account acc_odd failed at .* with ${type}: `),
      );
      // The words are the same if the failure is found during the work.
      await carryover.call('POST', `/v2/migrations/${odd.accountId}/retry`);
      await until(async () => (await view(odd)).failure?.times === 2);
      const status = await statusOf(carryover, odd.accountId);
      expect([status.status, ...Object.values(status.brands)]).toEqual(['brand-failure', 'pending']);
      return failure;
    };
    conversations.put({ account: { ...odd.account, status: 'closed' }, payload: odd.payload });
    expect(await failsWith('AccountClosed')).toMatchObject({
      message: expect.stringContaining('acc_odd is closed'),
      next_step: expect.stringContaining('Reopen'),
    });
    conversations.put({ account: odd.account, payload: { ...odd.payload, brands: [] } });
    expect(await failsWith('PayloadImpossible')).toMatchObject({
      message: expect.stringContaining('no brands'),
      next_step: expect.stringContaining('corrected'),
    });
    conversations.put(odd);
    expect((await start(odd)).status).toBe(202);
    await untilDone(carryover, odd.accountId);
  });
});
